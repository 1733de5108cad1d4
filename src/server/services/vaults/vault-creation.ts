/** A new vault: its row is there first, so that its name is taken; a vault that could not be made leaves none. */
import { failure } from '#base'
import type { AccountId, Decoded, routes } from '#contract'
import { type CatalogVault, createVaultRow, listRegions, updateVault } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultRequest } from '../../vault-host.ts'

const dayMs = 24 * 3600 * 1000

export type NewVault = Decoded<(typeof routes)['vaults']['create']['body']>

/** @throws record.exists, record.not-found, retention.out-of-range, request.invalid, and what the storage says */
export async function createVault(
  kernel: ServerKernel,
  accountId: AccountId,
  wanted: NewVault,
  signal: AbortSignal,
): Promise<CatalogVault> {
  const { db } = kernel.catalog
  await assertPossible(kernel, accountId, wanted)
  const row = rowOf(kernel, accountId, wanted)
  if (!(await createVaultRow(db, row)))
    throw failure('record.exists', { kind: 'vault', name: wanted.name })
  try {
    const placement = await kernel.vaults.create(requestOf(row, wanted), signal)
    const made = await updateVault(db, row.id, {
      ...placement,
      state: 'CREATED',
      updatedAt: kernel.wallMs(),
    })
    return made ?? row
  } catch (problem) {
    // The name is free again; what storage there is under the id is nobody's.
    const now = kernel.wallMs()
    await updateVault(db, row.id, { state: 'ERROR', deletedAt: now, updatedAt: now })
    throw problem
  }
}

async function assertPossible(
  kernel: ServerKernel,
  accountId: AccountId,
  wanted: NewVault,
): Promise<void> {
  const { regionId, retentionDaysMin = 0, retentionDaysMax } = wanted
  const regions = await listRegions(kernel.catalog.db, accountId)
  if (!regions.some(({ id }) => id === regionId))
    throw failure('record.not-found', { kind: 'region', id: regionId })
  if (retentionDaysMax !== undefined && retentionDaysMax < retentionDaysMin)
    throw failure('retention.out-of-range', {
      days: `${retentionDaysMin} days`,
      min: '1 day',
      max: `${retentionDaysMax} days`,
    })
  if (wanted.keyHolder === 'client') throw notYet('keyHolder', 'keys held by the client')
  if (wanted.redundancy === 'ZRS') throw notYet('redundancy', 'several locations')
}

function notYet(field: string, what: string): Error {
  const problem = `this version makes no vaults with ${what}`
  return failure('request.invalid', { where: `body.${field}`, problem })
}

function rowOf(kernel: ServerKernel, accountId: AccountId, wanted: NewVault): CatalogVault {
  const now = kernel.wallMs()
  return {
    id: kernel.catalog.newId('vault'),
    accountId,
    regionId: wanted.regionId,
    name: wanted.name,
    description: wanted.description ?? '',
    kind: 'standard',
    state: 'INITIALIZING',
    place: {},
    redundancy: 'LRS',
    keyHolder: 'managed',
    wrappedKey: null,
    wrappedBy: null,
    immutable: wanted.lock === 'compliance',
    shareOverNetwork: false,
    quotaBytes: wanted.quotaBytes ?? null,
    searchIndex: wanted.searchIndex ?? 'off',
    mirrorOf: null,
    alertSetting: 'account',
    alertChannels: [],
    tags: wanted.tags ?? {},
    sourceBytes: 0,
    storedBytes: 0,
    createdAt: now,
    updatedAt: now,
    deletionDueAt: null,
    deletedAt: null,
  }
}

function requestOf(
  { id, accountId, regionId, name }: CatalogVault,
  wanted: NewVault,
): VaultRequest {
  const { retentionDaysMin = 0, retentionDaysMax } = wanted
  return {
    vaultId: id,
    accountId,
    regionId,
    name,
    lock: wanted.lock ?? 'off',
    retentionMinMs: retentionDaysMin * dayMs,
    retentionMaxMs: retentionDaysMax === undefined ? undefined : retentionDaysMax * dayMs,
    storage: wanted.storage,
  }
}
