/** Clears away what nobody asks for any more: job history (D6: six months at least), codes that cannot be used. */
import { removeExpiredCodes } from '../catalog/instances/activation-codes.ts'
import { removeJobsBefore } from '../catalog/jobs/job-endings.ts'
import type { ServerKernel } from '../kernel.ts'
import type { PeriodicWork } from './periodic-work.ts'

const dayMs = 24 * 3_600_000
/** A month more than the promise. */
const historyMs = 215 * dayMs
const codesMs = 30 * dayMs
const jobsPerRun = 2_000

export function clearingWork(kernel: ServerKernel): PeriodicWork {
  return {
    name: 'clearing away',
    everyMs: 3_600_000,
    async run() {
      const { db } = kernel.catalog
      const now = kernel.wallMs()
      await removeJobsBefore(db, now - historyMs, jobsPerRun)
      await removeExpiredCodes(db, now - codesMs)
    },
  }
}
