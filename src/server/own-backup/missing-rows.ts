/** Rows of accounts, regions and vaults that only the labels beside the vaults still know. */
import type { AccountId } from '#contract'
import { defaultTimeZone, type LockState } from '#engine'
import type { JsonRecord } from '../catalog/database/codec.ts'
import {
  type Catalog,
  type CatalogDb,
  type CatalogVault,
  createAccount,
  createRegion,
  createVaultRow,
  findAccount,
  findServerAccountId,
  findVault,
  grantAccount,
  transact,
  updateVault,
} from '../catalog/index.ts'
import type { VaultLabel } from '../gateway/gateway-ports.ts'

export type LabelledVault = {
  readonly place: JsonRecord
  readonly label: VaultLabel
  /** Undefined: it could not be opened now. */
  readonly lock: LockState | undefined
}

type Parts = { readonly catalog: Catalog; readonly wallMs: () => number }

/** @returns names of the vaults that were added */
export async function addMissingRows(
  { catalog, wallMs }: Parts,
  found: readonly LabelledVault[],
): Promise<readonly string[]> {
  return await transact(catalog.db, async (trx) => {
    const now = wallMs()
    // Ids sort by their age, and the oldest account is the one that runs the server.
    const accounts = [...new Set(found.map(({ label }) => label.accountId as AccountId))].sort()
    for (const [i, id] of accounts.entries()) await addAccount(trx, id, now + i)
    const added: string[] = []
    for (const vault of found) if (await addVault(trx, vault, now)) added.push(vault.label.name)
    return added
  })
}

/** Nobody is left who could sign in to an account that is not the server's: that one may act for it, until it is revoked. */
async function addAccount(trx: CatalogDb, id: AccountId, now: number): Promise<void> {
  if ((await findAccount(trx, id)) !== undefined) return
  const name = `recovered ${id.slice(-6)}`
  await createAccount(trx, { id, name, timeZone: defaultTimeZone, createdAt: now, contact: '' })
  const serverAccountId = await findServerAccountId(trx)
  if (serverAccountId === undefined || serverAccountId === id) return
  await grantAccount(trx, {
    ownerAccountId: id,
    granteeAccountId: serverAccountId,
    role: 'administrator',
    alias: name,
    grantedAt: now,
    revokedAt: null,
  })
}

async function addVault(
  trx: CatalogDb,
  { place, label, lock }: LabelledVault,
  now: number,
): Promise<boolean> {
  const { vaultId, wrappedKey, wrappedBy } = label
  const accountId = label.accountId as AccountId
  const placement = { place, wrappedKey, wrappedBy }
  const known = await findVault(trx, vaultId)
  if (known !== undefined) {
    // Exported while it was being made.
    if (known.wrappedKey !== null || known.deletedAt !== null) return false
    await updateVault(trx, vaultId, { ...placement, state: 'CREATED', updatedAt: now })
    return true
  }
  const region = { id: label.regionId, accountId, name: label.regionId, description: '' }
  await createRegion(trx, { ...region, controlUrl: null, dataUrl: null, createdAt: now })
  const row = { ...rowOf(label, now), ...placement, immutable: lock === 'compliance' }
  if (await createVaultRow(trx, row)) return true
  // Another vault has its name by now.
  return await createVaultRow(trx, { ...row, name: `${label.name} (${vaultId.slice(-6)})` })
}

function rowOf(
  { vaultId: id, accountId, regionId, name }: VaultLabel,
  now: number,
): Omit<CatalogVault, 'place' | 'wrappedKey' | 'wrappedBy' | 'immutable'> {
  return {
    id,
    accountId: accountId as AccountId,
    regionId,
    name,
    description: '',
    kind: 'standard',
    state: 'CREATED',
    redundancy: 'LRS',
    keyHolder: 'managed',
    shareOverNetwork: false,
    quotaBytes: null,
    searchIndex: 'off',
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
}
