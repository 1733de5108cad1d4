/** Which roles may do what (H3), by the verbs that routes have in common. */
import type { Caller } from '../enums/roles.ts'

/**
 * Everybody of the account. Auditors change nothing and see neither trees nor searches nor content: of names of files only
 * those that reports of jobs give, and the audit log; which files failed, and who took which, is what they are there for.
 */
export const readers = [
  'owner',
  'administrator',
  'backupOperator',
  'restoreOperator',
  'auditor',
] as const satisfies readonly Caller[]

export const backupOperators = [
  'owner',
  'administrator',
  'backupOperator',
] as const satisfies readonly Caller[]

/** Who sees the content of files, and puts it somewhere. */
export const restoreOperators = [
  'owner',
  'administrator',
  'restoreOperator',
] as const satisfies readonly Caller[]

export const administrators = ['owner', 'administrator'] as const satisfies readonly Caller[]
export const owners = ['owner'] as const satisfies readonly Caller[]
export const agents = ['agent'] as const satisfies readonly Caller[]
export const anyone = ['public'] as const satisfies readonly Caller[]
