/** One-time codes (RFC 6238): six digits for every 30 seconds, taken half a minute early or late, each once. */
import { Secret, TOTP } from 'otpauth'

const stepMs = 30_000
/** Steps before and after the present one whose codes are taken: clocks of telephones differ. */
const driftSteps = 1
/** What RFC 4226 recommends for a secret. */
export const codeSecretBytes = 20
const issuer = 'Holdfast'

/** The number of the step that the code is of; undefined: of none that counts now. */
export function findStep(secret: Uint8Array, code: string, now: number): number | undefined {
  const delta = totpOf(secret, '').validate({ token: code, timestamp: now, window: driftSteps })
  return delta === null ? undefined : Math.floor(now / stepMs) + delta
}

/** What a person types or scans into the telephone. */
export function codeSetup(
  secret: Uint8Array,
  login: string,
): { readonly secret: string; readonly address: string } {
  const totp = totpOf(secret, login)
  return { secret: totp.secret.base32, address: totp.toString() }
}

export function codeAt(secret: Uint8Array, at: number): string {
  return totpOf(secret, '').generate({ timestamp: at })
}

function totpOf(secret: Uint8Array, label: string): TOTP {
  const { buffer } = Uint8Array.from(secret)
  const period = stepMs / 1_000
  return new TOTP({
    issuer,
    label,
    algorithm: 'SHA1',
    digits: 6,
    period,
    secret: new Secret({ buffer }),
  })
}
