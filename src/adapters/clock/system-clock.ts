/**
 * The clocks of this machine. `upMs` is the kernel's own count since the boot (boot-time.ts): it goes on while the machine
 * sleeps, where Node's monotonic clock stops, and nothing sets it for the machine; so trusted time may be built on it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '#base'
import type { Clock } from '#ports'
import { thisBoot } from './boot-time.ts'

export function systemClock(): Clock {
  const { bootId, upMs } = thisBoot()
  return {
    now: () => ({ wallMs: Date.now(), bootId, upMs: upMs() }),
    async sleep(milliseconds, signal) {
      try {
        await delay(milliseconds, undefined, { signal })
      } catch (problem) {
        throw failure('job.aborted', {}, problem)
      }
    },
  }
}
