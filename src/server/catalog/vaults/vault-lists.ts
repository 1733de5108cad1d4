/** Vaults as the console lists them, and how full they are. */
import { sql } from 'kysely'
import type { AccountId, VaultId, VaultState } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { containsPattern, when } from '../database/search.ts'
import { type CatalogVault, vaultCodec } from './vaults.ts'

export type VaultFilter = {
  readonly accountId: AccountId
  readonly regionId?: string | undefined
  readonly state?: VaultState | undefined
  /** Somewhere in the name; the case of ASCII letters does not count. */
  readonly search?: string | undefined
}
export type VaultSort = SortOf<'name' | 'createdAt' | 'storedBytes'>

/** Without those that were deleted. */
export async function listVaultPage(
  db: CatalogDb,
  filter: VaultFilter,
  request: PageRequest & { readonly sort?: VaultSort | undefined },
): Promise<Page<CatalogVault>> {
  const sort = request.sort ?? 'name'
  const column = columnOf(sort)
  const query = db
    .selectFrom('vaults')
    .selectAll()
    .where('deletedAt', 'is', null)
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        ...when(filter.regionId, (id) => eb('regionId', '=', id)),
        ...when(filter.state, (state) => eb('state', '=', state)),
        ...when(
          filter.search,
          (text) => sql<boolean>`lower(name) like ${containsPattern(text)} escape '\\'`,
        ),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: ['vaults', filter],
      columns: [column, 'id'],
      descends: sort.startsWith('-'),
      positionOf: (row) => ({ value: row[column], id: row.id }),
    },
    request,
  )
  return mapPage(page, vaultCodec.fromRow)
}

/** Those whose delay has passed. */
export async function listVaultsToRemove(
  db: CatalogDb,
  now: number,
): Promise<readonly CatalogVault[]> {
  const rows = await db
    .selectFrom('vaults')
    .selectAll()
    .where('deletedAt', 'is', null)
    .where('deletionDueAt', '<=', now)
    .orderBy('deletionDueAt')
    .execute()
  return rows.map(vaultCodec.fromRow)
}

export type VaultContent = {
  readonly points: number
  readonly instances: number
  readonly sourceBytes: number
  readonly newBytes: number
}

export async function countVaultContent(
  db: CatalogDb,
  vaultIds: readonly VaultId[],
): Promise<ReadonlyMap<VaultId, VaultContent>> {
  if (vaultIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('points')
    .where('vaultId', 'in', vaultIds)
    .groupBy('vaultId')
    .select(({ fn }) => [
      'vaultId',
      fn.countAll<number>().as('points'),
      fn.count<number>('instanceId').distinct().as('instances'),
      fn.sum<number>('sourceBytes').as('sourceBytes'),
      fn.sum<number>('newBytes').as('newBytes'),
    ])
    .execute()
  return new Map(rows.map(({ vaultId, ...content }) => [vaultId, content]))
}

function columnOf(sort: VaultSort): 'name' | 'createdAt' | 'storedBytes' {
  switch (sort) {
    case 'createdAt':
    case '-createdAt':
      return 'createdAt'
    case 'storedBytes':
    case '-storedBytes':
      return 'storedBytes'
    default:
      return 'name'
  }
}
