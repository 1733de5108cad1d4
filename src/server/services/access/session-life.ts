/** How long a sign-in counts: seven days at most, and not longer than twelve hours unused. API tokens end when they say. */
import type { Token } from '../../catalog/accounts/tokens.ts'

const hourMs = 3_600_000
export const sessionIdleMs = 12 * hourMs
export const sessionLifeMs = 7 * 24 * hourMs
/** The last use is written no more often than this: a call must not cost a write each. */
export const touchEveryMs = 60_000

export function isTokenOver(token: Token, now: number): boolean {
  if (token.revokedAt !== null) return true
  if (token.expiresAt !== null && token.expiresAt <= now) return true
  return token.kind === 'session' && lastUseOf(token) + sessionIdleMs <= now
}

export function isTouchDue(token: Token, now: number): boolean {
  return lastUseOf(token) + touchEveryMs <= now
}

function lastUseOf(token: Token): number {
  return token.usedAt ?? token.createdAt
}
