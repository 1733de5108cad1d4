/**
 * The list of instances as the console shows it: filtered and sorted by what their clients, plans, jobs and versions say.
 * The running status (A6) is the engine's rule; it is written down here a second time, in SQL, so that a list can be
 * narrowed by it, and a test holds both against each other.
 */
import { type RawBuilder, sql } from 'kysely'
import type {
  AccountId,
  ClientStatus,
  InstanceState,
  ProtectionMethod,
  RunningStatus,
  System,
  VaultId,
} from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { selectFoundInstances, when } from '../database/search.ts'
import { type Instance, instanceCodec, instanceColumns } from './instances.ts'

export type ShownInstanceFilter = {
  readonly accountId: AccountId
  readonly regionId?: string | undefined
  readonly vaultId?: VaultId | undefined
  readonly states?: readonly InstanceState[] | undefined
  readonly clientStatuses?: readonly ClientStatus[] | undefined
  readonly runningStatuses?: readonly RunningStatus[] | undefined
  readonly methods?: readonly ProtectionMethod[] | undefined
  readonly system?: System | undefined
  readonly hasVersions?: boolean | undefined
  /** An instance carries all of them; undefined: any value. */
  readonly tags?: readonly { readonly name: string; readonly value: string | undefined }[]
  readonly search?: string | undefined
}

export type ShownInstanceSort = SortOf<keyof typeof sortValues>

/** Never null, so that a page can begin after any of them. */
const sortValues = {
  name: sql<string>`instances.name`,
  createdAt: sql<number>`instances.created_at`,
  capacityBytes: sql<number>`instances.block_bytes`,
  /** Those without a version come first. */
  lastBackupAt: sql<number>`coalesce((select max(created_at) from versions
    where instance_id = instances.id and status <> 'failed' and trashed_at is null), 0)`,
  /** Those that nothing is due for come last. */
  nextBackupAt: sql<number>`coalesce((select min(next_due_at) from plans
    where instance_id = instances.id and status = 'ACTIVE'), 9000000000000000)`,
} as const

export async function listShownInstances(
  db: CatalogDb,
  filter: ShownInstanceFilter,
  request: PageRequest & { readonly sort?: ShownInstanceSort | undefined },
): Promise<Page<Instance>> {
  const sort = request.sort ?? 'name'
  const value: RawBuilder<string | number> = sortValues[baseOf(sort)]
  const page = await readPage(
    selectShown(db, filter).select(instanceColumns).select(value.as('sortValue')),
    {
      list: ['shown instances', filter, sort],
      columns: [value, 'instances.id'],
      descends: sort.startsWith('-'),
      positionOf: (row) => ({ value: row.sortValue, id: row.id }),
    },
    request,
  )
  return mapPage(page, ({ sortValue: _, ...row }) => instanceCodec.fromRow(row))
}

function baseOf(sort: ShownInstanceSort): keyof typeof sortValues {
  switch (sort) {
    case '-name':
      return 'name'
    case '-createdAt':
      return 'createdAt'
    case '-capacityBytes':
      return 'capacityBytes'
    case '-lastBackupAt':
      return 'lastBackupAt'
    case '-nextBackupAt':
      return 'nextBackupAt'
    default:
      return sort
  }
}

export function selectShown(db: CatalogDb, filter: ShownInstanceFilter) {
  return db
    .selectFrom('instances')
    .where((eb) =>
      eb.and([
        eb('instances.accountId', '=', filter.accountId),
        ...when(filter.regionId, (regionId) => eb('instances.regionId', '=', regionId)),
        ...when(filter.states, (states) => eb('instances.state', 'in', states)),
        ...when(filter.methods, (methods) => eb('instances.method', 'in', methods)),
        ...when(filter.system, (system) => eb('instances.system', '=', system)),
        ...when(filter.vaultId, (vaultId) => isInVault(vaultId)),
        ...when(filter.hasVersions, (has) =>
          has ? hasVersions : sql<boolean>`not ${hasVersions}`,
        ),
        ...when(filter.clientStatuses, (statuses) => isOneOf(clientStatus, statuses)),
        ...when(filter.runningStatuses, (statuses) => isOneOf(runningStatus, statuses)),
        ...(filter.tags ?? []).map(isTagged),
        ...when(filter.search, (search) =>
          eb('instances.id', 'in', selectFoundInstances(db, filter.accountId, search)),
        ),
      ]),
    )
}

function isOneOf(value: RawBuilder<string>, words: readonly string[]): RawBuilder<boolean> {
  return words.length === 0
    ? sql<boolean>`1 = 0`
    : sql<boolean>`${value} in (${sql.join(words.map((word) => sql`${word}`))})`
}

function isInVault(vaultId: VaultId): RawBuilder<boolean> {
  return sql<boolean>`(
    exists (select 1 from plans
      where instance_id = instances.id and status <> 'CANCELED' and vault_id = ${vaultId})
    or exists (select 1 from versions
      where instance_id = instances.id and vault_id = ${vaultId}))`
}

function isTagged(tag: {
  readonly name: string
  readonly value: string | undefined
}): RawBuilder<boolean> {
  const value = tag.value === undefined ? sql`` : sql` and value = ${tag.value}`
  return sql<boolean>`exists (select 1 from instance_tags
    where instance_id = instances.id and name = ${tag.name}${value})`
}

const hasVersions = sql<boolean>`exists (select 1 from versions
  where instance_id = instances.id and status <> 'failed' and trashed_at is null)`

const clientStatus = sql<string>`coalesce(
  (select status from clients where instance_id = instances.id), 'NOT_INSTALLED')`

const plansOf = sql`select id from plans
  where instance_id = instances.id and status <> 'CANCELED'`

const lastJob = sql<string>`(select state from jobs
  where plan_id in (${plansOf}) and kind = 'BACKUP' and state <> 'SKIPPED'
  order by created_at desc, id desc limit 1)`

/** The same cases in the same order as the engine's `runningStatus`. */
const runningStatus = sql<string>`case
  when not exists (${plansOf}) then 'NOT_ACTIVATED'
  when instances.state = 'RELEASED' then 'STOPPED'
  when not exists (${plansOf} and status = 'ACTIVE') then 'PAUSED'
  when ${clientStatus} = 'INSTALL_FAILED' then 'PREPARATION_FAILED'
  when ${clientStatus} in ('NOT_INSTALLED', 'INSTALLING', 'REGISTERED') then 'PREPARING'
  when ${lastJob} = 'RUNNING' then 'BACKING_UP'
  when not exists (select 1 from jobs
    where plan_id in (${plansOf}) and kind = 'BACKUP' and started_at is not null) then 'READY'
  when ${lastJob} in ('CREATED', 'QUEUED') then 'BACKING_UP'
  else 'RUNNING' end`
