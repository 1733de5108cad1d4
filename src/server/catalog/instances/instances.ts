/** Protected machines, released ones too: their points outlive them. */
import type {
  AccountId,
  Architecture,
  InstanceId,
  InstanceKind,
  InstanceState,
  ProtectionMethod,
  System,
} from '#contract'
import {
  type Change,
  type Codec,
  codecOf,
  type JsonRecord,
  type Stored,
} from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { foldText, selectFoundInstances, when } from '../database/search.ts'
import { transact } from '../database/transact.ts'

export type Instance = {
  readonly id: InstanceId
  readonly accountId: AccountId
  readonly regionId: string
  readonly name: string
  readonly hostName: string
  readonly kind: InstanceKind
  readonly state: InstanceState
  readonly system: System
  readonly architecture: Architecture
  /** As the machine names its system. */
  readonly systemName: string
  /** By which the machine is known again when its client is installed anew. */
  readonly fingerprint: string | null
  readonly addresses: readonly string[]
  /** Volumes as the agent found them last; of the shape that the contract says. */
  readonly volumes: readonly JsonRecord[]
  /** Databases that the agent found (B7); of the shape that the contract says. */
  readonly databases: readonly JsonRecord[]
  /** Size of the block storage attached to it. */
  readonly blockBytes: number
  /** A7; changed only by `claimMethod`. */
  readonly method: ProtectionMethod
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
  readonly releasedAt: number | null
}

type InstanceJson = 'addresses' | 'volumes' | 'databases' | 'tags'
export type InstanceRow = Stored<Instance, InstanceJson, never> & { readonly searchText: string }
export const instanceCodec: Codec<Instance, InstanceJson> = codecOf<Instance>()([
  'addresses',
  'volumes',
  'databases',
  'tags',
])

export const instanceColumns = [
  'instances.id',
  'instances.accountId',
  'instances.regionId',
  'instances.name',
  'instances.hostName',
  'instances.kind',
  'instances.state',
  'instances.system',
  'instances.architecture',
  'instances.systemName',
  'instances.fingerprint',
  'instances.addresses',
  'instances.volumes',
  'instances.databases',
  'instances.blockBytes',
  'instances.method',
  'instances.tags',
  'instances.createdAt',
  'instances.updatedAt',
  'instances.releasedAt',
] as const

export async function putInstance(db: CatalogDb, instance: Instance): Promise<void> {
  await transact(db, async (trx) => {
    const row = { ...instanceCodec.toRow(instance), searchText: searchTextOf(instance) }
    await trx
      .insertInto('instances')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute()
    await trx.deleteFrom('instanceTags').where('instanceId', '=', instance.id).execute()
    const tags = Object.entries(instance.tags)
    if (tags.length === 0) return
    await trx
      .insertInto('instanceTags')
      .values(tags.map(([name, value]) => ({ instanceId: instance.id, name, value })))
      .execute()
  })
}

/** Changes some fields; undefined: there is no such instance. */
export async function updateInstance(
  db: CatalogDb,
  id: InstanceId,
  change: Omit<Change<Instance>, 'id' | 'accountId' | 'method'>,
): Promise<Instance | undefined> {
  return await transact(db, async (trx) => {
    // Written first, so that whoever changes the same instance waits here and reads what we leave.
    await trx.updateTable('instances').set({ id }).where('id', '=', id).execute()
    const found = await findInstance(trx, id)
    if (found === undefined) return undefined
    const defined = Object.entries(change).filter(([, value]) => value !== undefined)
    const changed: Instance = { ...found, ...Object.fromEntries(defined) }
    await putInstance(trx, changed)
    return changed
  })
}

export async function findInstance(db: CatalogDb, id: InstanceId): Promise<Instance | undefined> {
  const row = await db
    .selectFrom('instances')
    .select(instanceColumns)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : instanceCodec.fromRow(row)
}

/** The newest instance of the account with this fingerprint. */
export async function findInstanceByFingerprint(
  db: CatalogDb,
  accountId: AccountId,
  fingerprint: string,
): Promise<Instance | undefined> {
  const row = await db
    .selectFrom('instances')
    .select(instanceColumns)
    .where('accountId', '=', accountId)
    .where('fingerprint', '=', fingerprint)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : instanceCodec.fromRow(row)
}

/**
 * A7: an instance is protected one way at a time. Compare and set, so of two who claim it for different methods one is
 * refused. @returns the method that it has now
 */
export async function claimMethod(
  db: CatalogDb,
  id: InstanceId,
  claim: { readonly method: ProtectionMethod; readonly now: number },
): Promise<ProtectionMethod | undefined> {
  const row = await db
    .updateTable('instances')
    .set({ method: claim.method, updatedAt: claim.now })
    .where('id', '=', id)
    .where('method', 'in', ['none', claim.method])
    .returning('method')
    .executeTakeFirst()
  return row?.method ?? (await findInstance(db, id))?.method
}

/** Gives the method up; the caller has seen that no plan of it is left. */
export async function releaseMethod(db: CatalogDb, id: InstanceId, now: number): Promise<void> {
  await db
    .updateTable('instances')
    .set({ method: 'none', updatedAt: now })
    .where('id', '=', id)
    .execute()
}

export type InstanceFilter = {
  readonly accountId: AccountId
  readonly regionId?: string | undefined
  readonly states?: readonly InstanceState[] | undefined
  readonly methods?: readonly ProtectionMethod[] | undefined
  /** Has at least one version that can be restored, or none (G1). */
  readonly hasVersions?: boolean | undefined
  readonly tag?: { readonly name: string; readonly value?: string | undefined } | undefined
  readonly search?: string | undefined
}

export type InstanceSort = SortOf<'name' | 'createdAt' | 'blockBytes'>

const sortColumns = {
  name: 'name',
  '-name': 'name',
  createdAt: 'createdAt',
  '-createdAt': 'createdAt',
  blockBytes: 'blockBytes',
  '-blockBytes': 'blockBytes',
} as const satisfies Record<InstanceSort, keyof Instance>

export async function listInstances(
  db: CatalogDb,
  filter: InstanceFilter,
  request: PageRequest & { readonly sort?: InstanceSort | undefined },
): Promise<Page<Instance>> {
  const sort = request.sort ?? 'name'
  const column = sortColumns[sort]
  const page = await readPage(
    selectInstances(db, filter).select(instanceColumns),
    {
      list: ['instances', filter],
      columns: [`instances.${column}`, 'instances.id'],
      descends: sort.startsWith('-'),
      positionOf: (row) => ({ value: row[column], id: row.id }),
    },
    request,
  )
  return mapPage(page, instanceCodec.fromRow)
}

export async function countInstances(db: CatalogDb, filter: InstanceFilter): Promise<number> {
  const { instances } = await selectInstances(db, filter)
    .select(({ fn }) => fn.countAll<number>().as('instances'))
    .executeTakeFirstOrThrow()
  return instances
}

function selectInstances(db: CatalogDb, filter: InstanceFilter) {
  return db.selectFrom('instances').where((eb) => {
    const versions = eb
      .selectFrom('versions')
      .select('versions.id')
      .whereRef('versions.instanceId', '=', 'instances.id')
      .where('versions.status', '<>', 'failed')
      .where('versions.trashedAt', 'is', null)
    return eb.and([
      eb('instances.accountId', '=', filter.accountId),
      ...when(filter.regionId, (regionId) => eb('instances.regionId', '=', regionId)),
      ...when(filter.states, (states) => eb('instances.state', 'in', states)),
      ...when(filter.methods, (methods) => eb('instances.method', 'in', methods)),
      ...when(filter.hasVersions, (has) =>
        has ? eb.exists(versions) : eb.not(eb.exists(versions)),
      ),
      ...when(filter.tag, ({ name, value }) =>
        eb('instances.id', 'in', selectTagged(db, name, value)),
      ),
      ...when(filter.search, (search) =>
        eb('instances.id', 'in', selectFoundInstances(db, filter.accountId, search)),
      ),
    ])
  })
}

function selectTagged(db: CatalogDb, name: string, value: string | undefined) {
  return db
    .selectFrom('instanceTags')
    .select('instanceTags.instanceId')
    .where((eb) =>
      eb.and([
        eb('instanceTags.name', '=', name),
        ...when(value, (wanted) => eb('instanceTags.value', '=', wanted)),
      ]),
    )
}

function searchTextOf(instance: Instance): string {
  return foldText([instance.name, instance.hostName, ...instance.addresses].join('\n'))
}

/** What instances are called, for lists that only name them. */
export async function listInstanceNames(
  db: CatalogDb,
  ids: readonly InstanceId[],
): Promise<ReadonlyMap<InstanceId, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('instances')
    .select(['id', 'name'])
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
