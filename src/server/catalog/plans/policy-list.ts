/** Policies and bindings as the console lists them. */
import { sql } from 'kysely'
import type { AccountId, BindingId, BindingStatus, InstanceId, PolicyId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { foldText, when } from '../database/search.ts'
import { type Binding, bindingFromRow, type Policy, policyFromRow } from './policies.ts'

export type PolicyFilter = {
  readonly accountId: AccountId
  readonly regionId?: string | undefined
  /** The whole name. */
  readonly name?: string | undefined
  /** Part of the name, in any case. */
  readonly search?: string | undefined
}

export async function listShownPolicies(
  db: CatalogDb,
  filter: PolicyFilter,
  request: PageRequest & { readonly sort?: SortOf<'name' | 'createdAt'> | undefined },
): Promise<Page<Policy>> {
  const sort = request.sort ?? 'name'
  const column = sort.endsWith('createdAt') ? 'createdAt' : 'name'
  const query = db
    .selectFrom('policies')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        eb('deletedAt', 'is', null),
        ...when(filter.regionId, (regionId) => eb('regionId', '=', regionId)),
        ...when(filter.name, (name) => eb('name', '=', name)),
        ...when(filter.search, (search) => containsText(search)),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: ['shown policies', filter],
      columns: [column, 'id'],
      descends: sort.startsWith('-'),
      positionOf: (row) => ({ value: row[column], id: row.id }),
    },
    request,
  )
  return mapPage(page, policyFromRow)
}

/** `lower` of SQLite knows ASCII only; both sides go through it, so other letters are found as they are written. */
function containsText(text: string) {
  const pattern = `%${foldText(text).replace(/[\\%_]/g, (character) => `\\${character}`)}%`
  return sql<boolean>`lower(name) like lower(${pattern}) escape '\\'`
}

/** How many instances policies are bound to; those without a binding are not in the map. */
export async function countBindings(
  db: CatalogDb,
  policyIds: readonly PolicyId[],
): Promise<ReadonlyMap<PolicyId, number>> {
  if (policyIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('bindings')
    .where('policyId', 'in', policyIds)
    .groupBy('policyId')
    .select(({ fn }) => ['policyId', fn.countAll<number>().as('count')])
    .execute()
  return new Map(rows.map(({ policyId, count }) => [policyId, count]))
}

export async function findBinding(db: CatalogDb, id: BindingId): Promise<Binding | undefined> {
  const row = await db.selectFrom('bindings').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : bindingFromRow(row)
}

export type BindingFilter = {
  readonly accountId: AccountId
  readonly policyId?: PolicyId | undefined
  readonly instanceId?: InstanceId | undefined
  readonly status?: BindingStatus | undefined
}

/** The newest first. */
export async function listShownBindings(
  db: CatalogDb,
  filter: BindingFilter,
  request: PageRequest,
): Promise<Page<Binding>> {
  const query = db
    .selectFrom('bindings')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        ...when(filter.policyId, (policyId) => eb('policyId', '=', policyId)),
        ...when(filter.instanceId, (instanceId) => eb('instanceId', '=', instanceId)),
        ...when(filter.status, (status) => eb('status', '=', status)),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: ['shown bindings', filter],
      columns: ['createdAt', 'id'],
      descends: true,
      positionOf: (row) => ({ value: row.createdAt, id: row.id }),
    },
    request,
  )
  return mapPage(page, bindingFromRow)
}
