/**
 * The vault that Essential backup uses when none is chosen: the oldest one of the region that locks its points (E1), or a
 * new one. Its row is written when its storage is there, so no row ever names a vault that is not.
 */
import { failure } from '#base'
import type { AccountId, VaultId } from '#contract'
import {
  type CatalogVault,
  createVaultRow,
  findVault,
  listVaults,
} from '../../catalog/vaults/vaults.ts'
import type { ServerKernel } from '../../kernel.ts'

const dayMs = 24 * 3_600_000
const defaultVaultName = 'essential'
const namesMax = 100

/** One at a time for each region of an account: two activations at once share the vault of the first. */
const making = new WeakMap<ServerKernel, Map<string, Promise<CatalogVault>>>()

export async function findOrMakeVault(
  kernel: ServerKernel,
  of: { readonly accountId: AccountId; readonly regionId: string },
  signal: AbortSignal,
): Promise<CatalogVault> {
  const own = making.get(kernel) ?? new Map<string, Promise<CatalogVault>>()
  making.set(kernel, own)
  const key = `${of.accountId} ${of.regionId}`
  const underWay = own.get(key)
  if (underWay !== undefined) return await underWay
  const made = findOrMake(kernel, of, signal).finally(() => own.delete(key))
  own.set(key, made)
  return await made
}

/** A vault that was chosen for Essential backup. @throws record.not-found, plan.vault-unlocked */
export async function chosenVault(
  kernel: ServerKernel,
  of: { readonly accountId: AccountId; readonly regionId: string },
  vaultId: VaultId,
): Promise<CatalogVault> {
  const vault = await findVault(kernel.catalog.db, vaultId)
  if (vault === undefined || vault.accountId !== of.accountId || !takesBackups(vault)) {
    throw failure('record.not-found', { kind: 'vault', id: vaultId })
  }
  if (vault.regionId !== of.regionId) {
    throw failure('record.not-found', { kind: `vault in ${of.regionId}`, id: vaultId })
  }
  if (!vault.immutable) throw failure('plan.vault-unlocked', { vault: vault.name })
  return vault
}

async function findOrMake(
  kernel: ServerKernel,
  of: { readonly accountId: AccountId; readonly regionId: string },
  signal: AbortSignal,
): Promise<CatalogVault> {
  const found = await findSuitable(kernel, of)
  if (found !== undefined) return found
  const now = kernel.wallMs()
  const vaultId = kernel.catalog.newId('vault')
  const placement = await kernel.vaults.create(
    {
      vaultId,
      accountId: of.accountId,
      regionId: of.regionId,
      name: defaultVaultName,
      lock: 'compliance',
      retentionMinMs: dayMs,
      retentionMaxMs: undefined,
      storage: undefined,
    },
    signal,
  )
  const row: CatalogVault = {
    ...placement,
    id: vaultId,
    accountId: of.accountId,
    regionId: of.regionId,
    name: defaultVaultName,
    description: 'Made by Essential backup; its points are locked until they expire.',
    kind: 'standard',
    state: 'CREATED',
    redundancy: 'LRS',
    keyHolder: 'managed',
    immutable: true,
    shareOverNetwork: false,
    quotaBytes: null,
    searchIndex: 'names',
    mirrorOf: null,
    alertSetting: 'account',
    alertChannels: [],
    tags: {},
    sourceBytes: 0,
    storedBytes: 0,
    createdAt: now,
    updatedAt: now,
    deletionDueAt: null,
    deletedAt: null,
  }
  for (let count = 1; count <= namesMax; count++) {
    const name = count === 1 ? defaultVaultName : `${defaultVaultName}-${count}`
    if (await createVaultRow(kernel.catalog.db, { ...row, name })) return { ...row, name }
    // Another server may have made it meanwhile; ours stays empty and is used by nobody.
    const theirs = await findSuitable(kernel, of)
    if (theirs !== undefined) return theirs
  }
  throw failure('record.exists', { kind: 'vault', name: defaultVaultName })
}

async function findSuitable(
  kernel: ServerKernel,
  of: { readonly accountId: AccountId; readonly regionId: string },
): Promise<CatalogVault | undefined> {
  const vaults = await listVaults(kernel.catalog.db, of.accountId)
  return vaults
    .filter((vault) => vault.regionId === of.regionId && vault.immutable && takesBackups(vault))
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0]
}

export function takesBackups(vault: CatalogVault): boolean {
  const isStanding = vault.deletedAt === null && vault.deletionDueAt === null
  const isOurs = vault.kind === 'standard' && vault.keyHolder === 'managed'
  return vault.state === 'CREATED' && isStanding && isOurs
}
