/** The numbers of the overview (G1), counted by the database; a test compares them with the pure rule of the engine. */
import { type RawBuilder, sql } from 'kysely'
import type { AccountId } from '#contract'
import type { CatalogDb } from './open-catalog.ts'
import { when } from './search.ts'

export type InstanceCounts = {
  /** Instances with at least one version, released ones too. */
  readonly backedUp: number
  /** Instances that are there and have no version, whatever the cause. */
  readonly notBackedUp: number
  /** Size of the block storage attached to those that are backed up. */
  readonly blockBytes: number
}

export type CountedOf = {
  readonly accountId: AccountId
  /** All regions when not given. */
  readonly regionId?: string | undefined
}

const hasVersion = sql<boolean>`exists (select 1 from versions where versions.instance_id = instances.id)`

export async function countBackedUp(db: CatalogDb, of: CountedOf): Promise<InstanceCounts> {
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
      sumWhere(sql`not ${hasVersion} and state <> 'RELEASED'`, sql`1`).as('notBackedUp'),
      sumWhere(hasVersion, sql`block_bytes`).as('blockBytes'),
    ])
    .executeTakeFirstOrThrow()
}

function sumWhere(condition: RawBuilder<unknown>, value: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`coalesce(sum(case when ${condition} then ${value} else 0 end), 0)`
}
