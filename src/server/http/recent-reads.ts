/** Who takes the same thing out again and again leaves one trace a minute: nobody hides behind a flood, or fills the disk. */
import { createHash } from 'node:crypto'
import type { AuditedCall } from './audit-trail.ts'

const minuteMs = 60_000
/** Beyond these every call is new: better one row too many than one too few. */
const readsMax = 10_000

export class RecentReads {
  readonly #wallMs: () => number
  #seen = new Set<string>()
  #minute = 0

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs
  }

  /** Whether this caller has read just this from this address in this minute for the first time. */
  isNew(call: Omit<AuditedCall, 'requestId'>): boolean {
    const minute = Math.floor(this.#wallMs() / minuteMs)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#seen = new Set()
    }
    const key = keyOf(call)
    if (this.#seen.has(key)) return false
    if (this.#seen.size < readsMax) this.#seen.add(key)
    return true
  }
}

function keyOf({ named, identity, address, url }: Omit<AuditedCall, 'requestId'>): string {
  const what = JSON.stringify([named.name, identity, address, url])
  return createHash('sha256').update(what).digest('base64')
}
