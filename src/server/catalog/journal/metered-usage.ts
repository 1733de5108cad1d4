/** Days of metering as they are rolled up: which are done, what policies used on them, and sums for bills (H5). */
import { sql } from 'kysely'
import type { AccountId } from '#contract'
import type { MeteredItem } from '#engine'
import type { CatalogDb } from '../database/open-catalog.ts'
import { type Page, type PageRequest, readPage } from '../database/page.ts'
import { at } from '../database/sql-values.ts'
import { transact } from '../database/transact.ts'
import { addMeteringDays, type MeteringDay } from './metering.ts'

export type MeteredDayMark = {
  readonly accountId: AccountId
  readonly day: string
  readonly meteredAt: number
}

/** What an item's quantity was on a day: bytes, or clients. */
export type MeteringUsage = {
  readonly accountId: AccountId
  readonly day: string
  readonly item: MeteredItem
  readonly quantity: number
}

type DayRange = { readonly first: string; readonly last: string }

export async function findLastMeteredDay(
  db: CatalogDb,
  accountId: AccountId,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('meteredDays')
    .select('day')
    .where('accountId', '=', accountId)
    .orderBy('day', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.day
}

/** Writes a day whole, once; false: it was written, and stays as it was shown. */
export async function addMeteredDay(
  db: CatalogDb,
  mark: MeteredDayMark,
  parts: { readonly instances: readonly MeteringDay[]; readonly usage: readonly MeteringUsage[] },
): Promise<boolean> {
  return await transact(db, async (trx) => {
    const row = await trx
      .insertInto('meteredDays')
      .values(mark)
      .onConflict((conflict) => conflict.columns(['accountId', 'day']).doNothing())
      .returning('day')
      .executeTakeFirst()
    if (row === undefined) return false
    await addMeteringDays(trx, parts.instances)
    for (const usage of parts.usage) await addUsage(trx, usage)
    return true
  })
}

/** Counts what flowed on a day: mirrors and restores. Call it as it flows; the day is still open. */
export async function addUsage(db: CatalogDb, usage: MeteringUsage): Promise<void> {
  await db
    .insertInto('meteringUsage')
    .values(usage)
    .onConflict((conflict) =>
      conflict
        .columns(['accountId', 'day', 'item'])
        .doUpdateSet({ quantity: sql<number>`metering_usage.quantity + ${at(usage.quantity)}` }),
    )
    .execute()
}

/** Days that were metered, the oldest first. */
export async function listMeteredDays(
  db: CatalogDb,
  of: DayRange & { readonly accountId: AccountId },
  request: PageRequest,
): Promise<Page<MeteredDayMark>> {
  return await readPage(
    db
      .selectFrom('meteredDays')
      .selectAll()
      .where('accountId', '=', of.accountId)
      .where('day', '>=', of.first)
      .where('day', '<=', of.last),
    {
      list: ['metered-days', of],
      columns: ['day', 'accountId'],
      descends: false,
      positionOf: (row) => ({ value: row.day, id: row.accountId }),
    },
    request,
  )
}

export async function countMeteredDays(
  db: CatalogDb,
  accountId: AccountId,
  days: DayRange,
): Promise<number> {
  const { count } = await db
    .selectFrom('meteredDays')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .where('day', '>=', days.first)
    .where('day', '<=', days.last)
    .executeTakeFirstOrThrow()
  return count
}

export type DaySum = {
  readonly day: string
  readonly item: MeteredItem
  readonly quantity: bigint
}

/** What each day used of each item. A sum may be larger than exact numbers are, so it comes as text. */
export async function sumMeteredDays(
  db: CatalogDb,
  accountId: AccountId,
  days: DayRange,
): Promise<readonly DaySum[]> {
  const capacity = await db
    .selectFrom('meteringDays')
    .select(['day', sql<string>`cast(sum(block_bytes) as text)`.as('quantity')])
    .where('accountId', '=', accountId)
    .where('day', '>=', days.first)
    .where('day', '<=', days.last)
    .groupBy('day')
    .execute()
  const usage = await db
    .selectFrom('meteringUsage')
    // What flows today is known already; it is charged when the day is over.
    .innerJoin('meteredDays', (join) =>
      join
        .onRef('meteredDays.accountId', '=', 'meteringUsage.accountId')
        .onRef('meteredDays.day', '=', 'meteringUsage.day'),
    )
    .select([
      'meteringUsage.day',
      'meteringUsage.item',
      sql<string>`cast(quantity as text)`.as('quantity'),
    ])
    .where('meteringUsage.accountId', '=', accountId)
    .where('meteringUsage.day', '>=', days.first)
    .where('meteringUsage.day', '<=', days.last)
    .execute()
  return [
    ...capacity.map(({ day, quantity }) => ({
      day,
      item: 'ESSENTIAL_CAPACITY' as const,
      quantity: BigInt(quantity),
    })),
    ...usage.map(({ day, item, quantity }) => ({ day, item, quantity: BigInt(quantity) })),
  ]
}

export type PolicyUse = {
  /** Instances with a version of a policy's plan. */
  readonly clients: number
  readonly vaults: readonly {
    readonly kind: 'standard' | 'mirror'
    readonly redundancy: 'LRS' | 'ZRS'
    readonly storedBytes: number
  }[]
}

const isLiving = sql<boolean>`versions.status <> 'failed' and versions.trashed_at is null`

/**
 * What policies use now. A vault that Essential uses too counts with what the versions of policies stored: the rest is
 * covered by Essential's capacity. Vaults without any version of a policy cost nothing.
 */
export async function readPolicyUse(db: CatalogDb, accountId: AccountId): Promise<PolicyUse> {
  const versions = db
    .selectFrom('versions')
    .innerJoin('plans', 'plans.id', 'versions.planId')
    .where('versions.accountId', '=', accountId)
    .where(isLiving)
  const { clients } = await versions
    .where('plans.method', '=', 'policy')
    .select(sql<number>`count(distinct versions.instance_id)`.as('clients'))
    .executeTakeFirstOrThrow()
  const standard = await versions
    .innerJoin('vaults', 'vaults.id', 'versions.vaultId')
    .where('vaults.kind', '=', 'standard')
    .where('vaults.deletedAt', 'is', null)
    .groupBy(['vaults.id', 'vaults.redundancy', 'vaults.storedBytes'])
    .select([
      'vaults.redundancy',
      'vaults.storedBytes',
      sql<number>`sum(case when plans.method = 'policy' then 1 else 0 end)`.as('policyVersions'),
      sql<number>`sum(case when plans.method = 'essential' then 1 else 0 end)`.as('others'),
      sql<number>`sum(case when plans.method = 'policy' then versions.stored_bytes else 0 end)`.as(
        'policyBytes',
      ),
    ])
    .execute()
  const mirrors = await db
    .selectFrom('vaults')
    .where('accountId', '=', accountId)
    .where('kind', '=', 'mirror')
    .where('deletedAt', 'is', null)
    .select(['redundancy', 'storedBytes'])
    .execute()
  return {
    clients: Number(clients),
    vaults: [
      ...standard
        .filter(({ policyVersions }) => Number(policyVersions) > 0)
        .map(({ redundancy, storedBytes, others, policyBytes }) => ({
          kind: 'standard' as const,
          redundancy,
          storedBytes:
            Number(others) === 0 ? storedBytes : Math.min(storedBytes, Number(policyBytes)),
        })),
      ...mirrors.map((mirror) => ({ kind: 'mirror' as const, ...mirror })),
    ],
  }
}
