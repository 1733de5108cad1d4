/** Active plans whose instance has no version since an instant: candidates for "no recent backup" (H4). */
import type { AccountId, InstanceId, PlanId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { when } from '../database/search.ts'

export type StalePlan = {
  readonly planId: PlanId
  readonly accountId: AccountId
  readonly regionId: string
  readonly instanceId: InstanceId
  readonly instanceName: string
  /** When the plan was made. */
  readonly begunAt: number
  /** Null: it never had one. */
  readonly lastVersionAt: number | null
}

/** By id. */
export async function listStalePlans(
  db: CatalogDb,
  of: {
    readonly before: number
    readonly after: PlanId | undefined
    readonly limit: number
  },
): Promise<readonly StalePlan[]> {
  return await db
    .selectFrom('plans')
    .innerJoin('instances', 'instances.id', 'plans.instanceId')
    .where('plans.status', '=', 'ACTIVE')
    .where('instances.state', '<>', 'RELEASED')
    .where((eb) => eb.and([...when(of.after, (id) => eb('plans.id', '>', id))]))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('versions')
            .select('versions.id')
            .whereRef('versions.instanceId', '=', 'plans.instanceId')
            .where('versions.status', '<>', 'failed')
            .where('versions.createdAt', '>=', of.before),
        ),
      ),
    )
    .select((eb) => [
      'plans.id as planId',
      'plans.accountId',
      'plans.regionId',
      'plans.instanceId',
      'instances.name as instanceName',
      'plans.createdAt as begunAt',
      eb
        .selectFrom('versions')
        .whereRef('versions.instanceId', '=', 'plans.instanceId')
        .where('versions.status', '<>', 'failed')
        .select(({ fn }) => fn.max('versions.createdAt').as('at'))
        .as('lastVersionAt'),
    ])
    .orderBy('plans.id')
    .limit(of.limit)
    .execute()
}
