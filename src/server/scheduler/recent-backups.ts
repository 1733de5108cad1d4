/** Says which active plans have no version of the last days (H4), and looks again every hour. */

import { listStalePlans, type StalePlan } from '../catalog/plans/stale-plans.ts'
import { findSetting } from '../catalog/settings.ts'
import type { ServerKernel } from '../kernel.ts'
import type { Notices } from '../notices.ts'
import type { PeriodicWork } from './periodic-work.ts'

const dayMs = 24 * 3_600_000
const everyMs = 3_600_000
const plansPerPage = 500
/** Three nights: one may fail, and one may be repaired. An account may say another number as this setting. */
export const staleDaysDefault = 3
export const staleDaysSetting = 'noRecentBackupDays'

export function recentBackupWork(kernel: ServerKernel, notices: Notices): PeriodicWork {
  return {
    name: 'recent backups',
    everyMs,
    async run(signal) {
      let after: StalePlan['planId'] | undefined
      while (!signal.aborted) {
        const before = kernel.wallMs() - dayMs
        const plans = await listStalePlans(kernel.catalog.db, {
          before,
          after,
          limit: plansPerPage,
        })
        for (const plan of plans) await tellIfStale(kernel, notices, plan)
        after = plans.at(-1)?.planId
        if (plans.length < plansPerPage) break
      }
    },
  }
}

async function tellIfStale(kernel: ServerKernel, notices: Notices, plan: StalePlan): Promise<void> {
  const now = kernel.wallMs()
  const days = await staleDaysOf(kernel, plan.accountId)
  // A plan that was made just now has had no time to make one.
  if (now - Math.max(plan.lastVersionAt ?? 0, plan.begunAt) < days * dayMs) return
  const { lastVersionAt, begunAt: _, ...facts } = plan
  await notices.raise({
    ...facts,
    kind: 'NO_RECENT_BACKUP',
    at: now,
    lastVersionAt: lastVersionAt ?? undefined,
    days,
  })
}

async function staleDaysOf(
  kernel: ServerKernel,
  accountId: StalePlan['accountId'],
): Promise<number> {
  const setting = await findSetting(kernel.catalog.db, accountId, staleDaysSetting)
  const days = setting?.value
  return typeof days === 'number' && days >= 1 ? days : staleDaysDefault
}
