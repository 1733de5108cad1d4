/** Recovery codes: a hundred bits each, for paper. Whoever lost the telephone comes in with one, once. */
import type { UserId } from '#contract'
import { hashSecret } from '../../authorization/secrets.ts'
import { putRecoveryCodes } from '../../catalog/accounts/recovery-codes.ts'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import type { ServerKernel } from '../../kernel.ts'

export const recoveryCodesMade = 10
const groups = 4
const groupLength = 5
/** Digits that no one mistakes for another: as many as five bits have values. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz'

/** @returns the codes, to be shown this once */
export async function renewRecoveryCodes(
  kernel: Pick<ServerKernel, 'random'>,
  db: CatalogDb,
  userId: UserId,
): Promise<readonly string[]> {
  const codes = Array.from({ length: recoveryCodesMade }, () => makeCode(kernel.random))
  await putRecoveryCodes(db, userId, codes.map(hashSecret))
  return codes
}

function makeCode(random: ServerKernel['random']): string {
  const group = () =>
    Array.from(random(groupLength), (byte) => digits.charAt(byte % digits.length)).join('')
  return Array.from({ length: groups }, group).join('-')
}
