/** Who may call: roles of people (H3), and the two callers that are nobody's user. */

export const roles = [
  'owner',
  'administrator',
  'backupOperator',
  'restoreOperator',
  'auditor',
] as const
export type Role = (typeof roles)[number]

/** `agent` is the program on an instance, known by its certificate; `public` is everybody, signed in or not. */
export const callers = [...roles, 'agent', 'public'] as const
export type Caller = (typeof callers)[number]

/** What an API token may do at most; its user's role still decides. */
export const scopes = ['read', 'backup', 'restore', 'administer'] as const
export type Scope = (typeof scopes)[number]

export const userStatuses = ['ACTIVE', 'DISABLED'] as const
export type UserStatus = (typeof userStatuses)[number]
