/**
 * Watches the server's wall clock against the time that passes since the boot. A clock that is set makes leases look dead
 * and clients lost that are not, and runs due that are not; so for a while after a step, and after a start, nobody is given
 * up and nothing is settled: a due run may begin an hour late (decision 8), and clocks that are wrong are set again soon.
 */
import type { ClockReading } from '#ports'

/** Less is drift: servers that share a catalog differ by that much. */
export const stepMinMs = 30_000
/** A lease and an agent's longest silence are shorter. */
export const graceMs = 120_000

export type ClockView = {
  readonly now: number
  /** How far the clock was set since the last look; 0: it was not. */
  readonly steppedMs: number
  /** What says that others are dead may be the clock's fault, or that of our own absence. */
  readonly mayGiveUp: boolean
  /** Runs that look due may be the clock's fault. */
  readonly maySettle: boolean
}

export class ClockWatch {
  #last: ClockReading
  #giveUpFromMs: number
  #settleFromMs: number

  constructor(start: ClockReading) {
    this.#last = start
    this.#giveUpFromMs = start.upMs + graceMs
    // A server that starts knows no step; what its absence missed is settled at once (C3).
    this.#settleFromMs = start.upMs
  }

  look(reading: ClockReading): ClockView {
    const steppedMs = stepOf(this.#last, reading)
    if (steppedMs !== 0) {
      this.#giveUpFromMs = reading.upMs + graceMs
      this.#settleFromMs = reading.upMs + graceMs
    }
    this.#last = reading
    return {
      // The catalog keeps whole milliseconds.
      now: Math.floor(reading.wallMs),
      steppedMs,
      mayGiveUp: reading.upMs >= this.#giveUpFromMs,
      maySettle: reading.upMs >= this.#settleFromMs,
    }
  }
}

/** Time asleep counts in both, so a machine that slept has made no step. */
function stepOf(before: ClockReading, after: ClockReading): number {
  if (before.bootId !== after.bootId) return 0
  const step = after.wallMs - before.wallMs - (after.upMs - before.upMs)
  return Math.abs(step) >= stepMinMs ? step : 0
}
