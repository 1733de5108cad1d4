/** The numbers of the overview (G1), counted by the database; a test compares them with the pure rule of the engine. */
import { type RawBuilder, sql } from 'kysely'
import type { AccountId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { when } from '../database/search.ts'

/** What the engine's `countOverview` gives for the same instances. */
export type OverviewCounts = {
  readonly backedUp: number
  readonly unBackedUp: number
  readonly capacityBytes: number
}

export type CountedOf = {
  readonly accountId: AccountId
  /** All regions when not given. */
  readonly regionId?: string | undefined
}

const hasVersion = sql<boolean>`exists (
  select 1 from versions
  where instance_id = instances.id and status <> 'failed' and trashed_at is null)`

/** What is gone cannot be measured any more: its newest version remembers. */
const capacity = sql<number>`case when state <> 'RELEASED' then block_bytes else (
  select block_bytes from versions
  where instance_id = instances.id and status <> 'failed' and trashed_at is null
  order by created_at desc, id desc limit 1) end`

export async function countInstancesByBackup(
  db: CatalogDb,
  of: CountedOf,
): Promise<OverviewCounts> {
  return await db
    .selectFrom('instances')
    .where((eb) =>
      eb.and([
        eb('accountId', '=', of.accountId),
        ...when(of.regionId, (regionId) => eb('regionId', '=', regionId)),
      ]),
    )
    .select([
      sumWhere(hasVersion, sql`1`).as('backedUp'),
      sumWhere(sql`not ${hasVersion} and state <> 'RELEASED'`, sql`1`).as('unBackedUp'),
      sumWhere(hasVersion, capacity).as('capacityBytes'),
    ])
    .executeTakeFirstOrThrow()
}

export type CapacityOfDay = { readonly date: string; readonly capacityBytes: number }

/** The newest days that were metered, the oldest of them first; without a region, of all regions together. */
export async function listCapacityDays(
  db: CatalogDb,
  of: CountedOf & { readonly daysMax: number },
): Promise<readonly CapacityOfDay[]> {
  const rows = await db
    .selectFrom('meteredDays')
    .leftJoin('meteringDays', (join) => {
      const sameDay = join
        .onRef('meteringDays.accountId', '=', 'meteredDays.accountId')
        .onRef('meteringDays.day', '=', 'meteredDays.day')
      return of.regionId === undefined
        ? sameDay
        : sameDay.on('meteringDays.regionId', '=', of.regionId)
    })
    .where('meteredDays.accountId', '=', of.accountId)
    .groupBy('meteredDays.day')
    .orderBy('meteredDays.day', 'desc')
    .limit(of.daysMax)
    .select([
      'meteredDays.day as date',
      // A sum may be larger than a database gives as a number.
      sql<string>`cast(coalesce(sum(block_bytes), 0) as text)`.as('capacityBytes'),
    ])
    .execute()
  return rows
    .map(({ date, capacityBytes }) => ({ date, capacityBytes: Number(capacityBytes) }))
    .toReversed()
}

function sumWhere(condition: RawBuilder<unknown>, value: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`coalesce(sum(case when ${condition} then ${value} else 0 end), 0)`
}
