/**
 * Calls over a network that comes and goes: what may be sent again is sent again for a while, with pauses that grow. The
 * calls of sessions are such: a block that was stored is answered and not stored twice.
 */
import { checkAborted, isFailure } from '#base'
import type { Clock } from '#ports'

const patienceMs = 8 * 60_000
const pauseMsMin = 250
const pauseMsMax = 15_000

const passing = [
  'server.unreachable',
  'server.busy',
  'server.not-ready',
  'request.too-slow',
] as const

export async function patiently<T>(
  clock: Clock,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.now().upMs
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    checkAborted(signal)
    try {
      return await call()
    } catch (problem) {
      checkAborted(signal)
      const isPassing = passing.some((code) => isFailure(problem, code))
      if (!isPassing || clock.now().upMs - startedAt > patienceMs) throw problem
      await clock.sleep(pauseMs, signal)
    }
  }
}
