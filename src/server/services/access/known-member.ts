/** Whether somebody knows the own password. */
import { failure } from '#base'
import type { Member } from '../../catalog/accounts/members.ts'
import type { AccessParts } from './access-ports.ts'

export type Known = Member & { readonly passwordHash: string }

/**
 * Nobody, somebody disabled and somebody without a password cost the work of a wrong password and get its answer.
 * @throws auth.refused
 */
export async function checkKnown(
  { passwords }: AccessParts,
  member: Member | undefined,
  password: string,
): Promise<{ readonly known: Known; readonly isOutdated: boolean }> {
  const passwordHash = member?.passwordHash ?? undefined
  const { isRight, isOutdated } = await passwords.verify(password, passwordHash)
  if (member === undefined || passwordHash === undefined || !isRight) throw failure('auth.refused')
  if (member.status !== 'ACTIVE') throw failure('auth.refused')
  return { known: { ...member, passwordHash }, isOutdated }
}
