/** The overview (G1): what is backed up, what is not, and how much of the free quota is used. */
import type { Overview, RegionId } from '#contract'
import { quotaUse } from '#engine'
import {
  countInstancesByBackup,
  listCapacityDays,
  listMeteredInstances,
  listRegions,
  type OverviewCounts,
} from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { readTerms } from '../metering/index.ts'

const trendDaysDefault = 30

export function overviewHandlers(
  kernel: Pick<ServerKernel, 'catalog' | 'wallMs'>,
): HandlersOf<'overview'> {
  const { db } = kernel.catalog
  return {
    async get({ query }, { identity }) {
      const accountId = accountOf(identity)
      const now = kernel.wallMs()
      const regions: Overview['regions'][number][] = []
      for (const { id } of await listRegions(db, accountId)) {
        if (query.regionId !== undefined && id !== query.regionId) continue
        const counts = await countInstancesByBackup(db, { accountId, regionId: id })
        regions.push({
          // The API read it when the region was made.
          regionId: id as RegionId,
          ...counts,
        })
      }
      // The quota is the account's, whatever region is looked at: it counts what a day is charged for (H5).
      const metered = await listMeteredInstances(db, accountId, now + 1)
      const capacity = metered.reduce((sum, one) => sum + BigInt(one.capacityBytes), 0n)
      const { tariff } = await readTerms(db, accountId)
      const use = quotaUse(capacity, tariff.freeBytes)
      return {
        ...sumOf(regions),
        freeUsedBytes: Number(use.freeUsedBytes),
        freeRemainingBytes: Number(use.freeRemainingBytes),
        billableBytes: Number(use.billableBytes),
        regions,
        at: now,
      }
    },

    async trend({ query }, { identity }) {
      const { regionId, days: daysMax = trendDaysDefault } = query
      const accountId = accountOf(identity)
      return { days: await listCapacityDays(db, { accountId, regionId, daysMax }) }
    },
  }
}

function sumOf(regions: readonly OverviewCounts[]): OverviewCounts {
  const sum = (of: keyof OverviewCounts) => regions.reduce((total, one) => total + one[of], 0)
  return {
    backedUp: sum('backedUp'),
    unBackedUp: sum('unBackedUp'),
    capacityBytes: sum('capacityBytes'),
  }
}
