/** Whether a client is there, by when it was heard from (A5). */
import type { Client } from '../../catalog/instances/clients.ts'

/** A client that is silent for longer is lost: it is UNKNOWN, and its runs wait for it. */
export const lostAfterMs = 5 * 60_000
/** A5: a client heard from within this time cannot be deleted. */
export const seenRecentlyMs = 3_600_000

export function isOnline(client: Client | undefined, now: number): boolean {
  if (client === undefined || client.revokedAt !== null || client.heardAt === null) return false
  return client.status === 'ACTIVATED' && now - client.heardAt <= lostAfterMs
}

/** Whether there is a client that can be told something: it may be busy with an upgrade. */
export function isReachable(client: Client | undefined, now: number): boolean {
  if (client === undefined || client.revokedAt !== null || client.heardAt === null) return false
  return now - client.heardAt <= lostAfterMs
}
