/** Leases for whoever asked to wait (`--wait`): a vault in use is tried again until the time is over. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure } from '#base'
import type { Leases } from '#ports'

const pauseMs = 500

/** @param onWait told once, with what the vault is in use by */
export function patientLeases(
  leases: Leases,
  waitMs: number,
  onWait: (sentence: string) => void,
): Leases {
  return {
    async acquire(kind, holder, signal) {
      for (let waitedMs = 0; ; waitedMs += pauseMs) {
        try {
          return await leases.acquire(kind, holder, signal)
        } catch (problem) {
          if (!isFailure(problem, 'vault.leased') || waitedMs >= waitMs) throw problem
          if (waitedMs === 0) onWait(problem.message)
        }
        await sleep(pauseMs, undefined, { signal })
      }
    },
  }
}
