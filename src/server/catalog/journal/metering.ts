/** Days of metering (H5): what each instance counted with, written once a day and kept. */

import { sql } from 'kysely'
import type { AccountId, InstanceId, VersionId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'

export type MeteringDay = {
  readonly accountId: AccountId
  readonly regionId: string
  readonly instanceId: InstanceId
  /** The day in the account's time zone: 2026-11-22. */
  readonly day: string
  readonly blockBytes: number
  /** The last version made before the end of the day. */
  readonly versionId: VersionId
  readonly versionAt: number
}

const daysPerStatement = 500

/** A day that was written is not written again: what was shown stays. */
export async function addMeteringDays(db: CatalogDb, days: readonly MeteringDay[]): Promise<void> {
  for (let from = 0; from < days.length; from += daysPerStatement) {
    await db
      .insertInto('meteringDays')
      .values(days.slice(from, from + daysPerStatement))
      .onConflict((conflict) => conflict.columns(['accountId', 'day', 'instanceId']).doNothing())
      .execute()
  }
}

/** Days from `first` to `last`, both included. */
export async function listMeteringDays(
  db: CatalogDb,
  accountId: AccountId,
  days: { readonly first: string; readonly last: string },
): Promise<readonly MeteringDay[]> {
  return await db
    .selectFrom('meteringDays')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('day', '>=', days.first)
    .where('day', '<=', days.last)
    .orderBy('day')
    .orderBy('instanceId')
    .execute()
}

/** An instance with its newest Essential version made before the end of a day, as the engine's metering reads it. */
export type MeteredNow = {
  readonly instanceId: InstanceId
  readonly regionId: string
  readonly versionId: VersionId
  readonly madeAt: number
  readonly capacityBytes: number
}

/**
 * What an account's day that ends at `endAt` is charged for, if asked before anything expires: versions that are gone are
 * not known here. A skipped day counts with the last valid version.
 */
export async function listMeteredInstances(
  db: CatalogDb,
  accountId: AccountId,
  endAt: number,
): Promise<readonly MeteredNow[]> {
  const ranked = db
    .selectFrom('versions')
    .innerJoin('plans', 'plans.id', 'versions.planId')
    .where('plans.method', '=', 'essential')
    .where('versions.accountId', '=', accountId)
    .where('versions.createdAt', '<', endAt)
    .where('versions.status', '<>', 'failed')
    .where('versions.trashedAt', 'is', null)
    .select([
      'versions.instanceId',
      'versions.regionId',
      'versions.id as versionId',
      'versions.createdAt as madeAt',
      'versions.blockBytes as capacityBytes',
      sql<number>`row_number() over (partition by versions.instance_id
        order by versions.created_at desc, versions.id desc, versions.vault_id)`.as('place'),
    ])
  return await db
    .selectFrom(ranked.as('ranked'))
    .where('place', '=', 1)
    .select(['instanceId', 'regionId', 'versionId', 'madeAt', 'capacityBytes'])
    .orderBy('instanceId')
    .execute()
}
