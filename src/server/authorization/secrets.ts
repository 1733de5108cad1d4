/**
 * Secrets that the server gives out: cookies, tokens, codes. They are random and long, so one round of SHA-256 keeps them;
 * only the hash is stored, and it is what is looked for, so that no comparison tells how much of a guess was right.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const secretBytes = 32

/** @param prefix says to people and to scanners of leaked secrets what it is: `hft_` */
export function newSecret(random: (length: number) => Uint8Array, prefix: string): string {
  return prefix + Buffer.from(random(secretBytes)).toString('base64url')
}

export function hashSecret(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret).digest())
}

/** Sent back in the header Holdfast-Csrf: known only to who got the answer of the sign-in, and derived, so not stored. */
export function csrfOf(sessionSecret: string): string {
  return createHmac('sha256', sessionSecret).update('holdfast csrf').digest('base64url')
}

/** In a time that tells nothing of where they differ, nor of how long the expected one is. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hashSecret(given), hashSecret(expected))
}
