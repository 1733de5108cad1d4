/** Days of metering (H5): what each instance counted with, written once a day and kept. */
import type { AccountId, InstanceId, VersionId } from '#contract'
import type { CatalogDb } from './open-catalog.ts'

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
