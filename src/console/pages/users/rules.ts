/** What may be done with a user, as the server decides it: nobody touches what stands above the own role. */
import { type Role, roles, type User } from '#contract'

const ranks: Readonly<Record<Role, number>> = {
  owner: 4,
  administrator: 3,
  backupOperator: 2,
  restoreOperator: 2,
  auditor: 1,
}

export const userSteps = ['edit', 'password', 'factor', 'disable', 'enable', 'remove'] as const
export type UserStep = (typeof userSteps)[number]

/** Of the own user everything but the name and role is done under Settings, or by somebody else. */
export function stepsOf(user: User, caller: User): readonly UserStep[] {
  const isAdministrator = caller.role === 'owner' || caller.role === 'administrator'
  if (!isAdministrator || ranks[user.role] > ranks[caller.role]) return []
  if (user.userId === caller.userId) return []
  const ending = user.status === 'ACTIVE' ? 'disable' : 'enable'
  return userSteps.filter(
    (step) =>
      (step !== 'factor' || user.secondFactor) &&
      ((step !== 'disable' && step !== 'enable') || step === ending),
  )
}

/** Roles that somebody of this role may give. */
export function givenBy(role: Role): readonly Role[] {
  return roles.filter((one) => ranks[one] <= ranks[role])
}

const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
const passwordLength = 20

/** About 99 bits, readable over the telephone: nothing that looks like something else. */
export function makePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(passwordLength * 4))
  // What does not fit evenly is left out, so that no letter is likelier than another.
  const even = bytes.filter((byte) => byte < letters.length * 8).slice(0, passwordLength)
  const picked = [...even].map((byte) => letters.charAt(byte % letters.length))
  return picked.join('').replace(/(.{5})(?=.)/g, '$1-')
}
