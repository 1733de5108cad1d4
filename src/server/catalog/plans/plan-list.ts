/** The list of plans as the console shows it: sorted by when they began, ran, or run next; and those of chosen instances. */
import { type RawBuilder, sql } from 'kysely'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { when } from '../database/search.ts'
import { type ShownInstanceFilter, selectShown } from '../instances/instance-list.ts'
import { type CatalogPlan, type PlanFilter, planFromRow } from './plans.ts'

export type ShownPlanSort = SortOf<'activatedAt' | 'nextRunAt' | 'lastRunAt'>

const nextRun = sql<number>`coalesce(plans.next_due_at, 9000000000000000)`
const lastRun = sql<number>`coalesce((select max(started_at) from jobs
  where plan_id = plans.id and kind = 'BACKUP'), 0)`

/** Never null: those that nothing is due for come last, those that never ran first. */
const sortValues: Readonly<Record<ShownPlanSort, RawBuilder<number>>> = {
  activatedAt: sql<number>`plans.created_at`,
  '-activatedAt': sql<number>`plans.created_at`,
  nextRunAt: nextRun,
  '-nextRunAt': nextRun,
  lastRunAt: lastRun,
  '-lastRunAt': lastRun,
}

export async function listShownPlans(
  db: CatalogDb,
  filter: PlanFilter,
  request: PageRequest & { readonly sort?: ShownPlanSort | undefined },
): Promise<Page<CatalogPlan>> {
  const sort = request.sort ?? '-activatedAt'
  const value = sortValues[sort]
  const query = db
    .selectFrom('plans')
    .selectAll('plans')
    .select(value.as('sortValue'))
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        ...when(filter.statuses, (statuses) => eb('status', 'in', statuses)),
        ...when(filter.instanceId, (instanceId) => eb('instanceId', '=', instanceId)),
        ...when(filter.vaultId, (vaultId) => eb('vaultId', '=', vaultId)),
        ...when(filter.policyId, (policyId) => eb('policyId', '=', policyId)),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: ['shown plans', filter, sort],
      columns: [value, 'plans.id'],
      descends: sort.startsWith('-'),
      positionOf: (row) => ({ value: row.sortValue, id: row.id }),
    },
    request,
  )
  return mapPage(page, ({ sortValue: _, ...row }) => planFromRow(row))
}

/** Plans that are not cancelled, of all instances that fit; pausing one moves none of the others. */
export async function listPlansOfInstances(
  db: CatalogDb,
  filter: ShownInstanceFilter,
  request: PageRequest,
): Promise<Page<CatalogPlan>> {
  const query = db
    .selectFrom('plans')
    .selectAll('plans')
    .where('plans.accountId', '=', filter.accountId)
    .where('plans.status', '<>', 'CANCELED')
    .where('plans.instanceId', 'in', selectShown(db, filter).select('instances.id'))
  const page = await readPage(
    query,
    {
      list: ['plans of instances', filter],
      columns: ['plans.createdAt', 'plans.id'],
      descends: false,
      positionOf: (row) => ({ value: row.createdAt, id: row.id }),
    },
    request,
  )
  return mapPage(page, planFromRow)
}
