/** Vaults as the control server knows them: where they are, their wrapped keys, their mirrors. */
import type {
  AccountId,
  AlertSetting,
  ChannelId,
  KeyHolder,
  Redundancy,
  SearchIndex,
  VaultId,
  VaultKind,
  VaultState,
} from '#contract'
import {
  type Change,
  type Codec,
  codecOf,
  type JsonRecord,
  type Stored,
} from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'

export type CatalogVault = {
  readonly id: VaultId
  readonly accountId: AccountId
  readonly regionId: string
  readonly name: string
  readonly description: string
  readonly kind: VaultKind
  readonly state: VaultState
  /** How its storage is opened; of the shape that the configuration says. Holds no secret. */
  readonly place: JsonRecord
  readonly redundancy: Redundancy
  readonly keyHolder: KeyHolder
  /** The vault's key, wrapped by the master key; null when the client holds it. */
  readonly wrappedKey: Uint8Array | null
  /** Which master key wraps it. */
  readonly wrappedBy: string | null
  readonly immutable: boolean
  /** Decision 6: `have` answers for the content of other instances too. */
  readonly shareOverNetwork: boolean
  readonly quotaBytes: number | null
  readonly searchIndex: SearchIndex
  readonly mirrorOf: VaultId | null
  readonly alertSetting: Exclude<AlertSetting, 'inherit'>
  readonly alertChannels: readonly ChannelId[]
  readonly tags: Readonly<Record<string, string>>
  readonly sourceBytes: number
  readonly storedBytes: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletionDueAt: number | null
  readonly deletedAt: number | null
}

type VaultJson = 'place' | 'alertChannels' | 'tags'
type VaultFlag = 'immutable' | 'shareOverNetwork'
export type VaultRow = Stored<CatalogVault, VaultJson, VaultFlag>
export const vaultCodec: Codec<CatalogVault, VaultJson, VaultFlag> = codecOf<CatalogVault>()(
  ['place', 'alertChannels', 'tags'],
  ['immutable', 'shareOverNetwork'],
)

export type Mirror = {
  readonly sourceVaultId: VaultId
  readonly targetVaultId: VaultId
  readonly accountId: AccountId
  readonly regionId: string
  /** 0 to 10,000. */
  readonly progress: number
  /** Everything made before this instant is copied. */
  readonly copiedUntil: number | null
  readonly problem: string | null
  readonly createdAt: number
  readonly endedAt: number | null
}

/** False: the region has a vault of this name. */
export async function createVaultRow(db: CatalogDb, vault: CatalogVault): Promise<boolean> {
  const row = await db
    .insertInto('vaults')
    .values(vaultCodec.toRow(vault))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Immutability is switched on here and never off (E1); `wrappedKey` changes when the master key does. */
export async function updateVault(
  db: CatalogDb,
  id: VaultId,
  change: Omit<
    Change<CatalogVault>,
    'id' | 'accountId' | 'regionId' | 'keyHolder' | 'immutable'
  > & {
    readonly immutable?: true | undefined
  },
): Promise<CatalogVault | undefined> {
  const row = await db
    .updateTable('vaults')
    .set({ id, ...vaultCodec.toColumns(change) })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : vaultCodec.fromRow(row)
}

export async function findVault(db: CatalogDb, id: VaultId): Promise<CatalogVault | undefined> {
  const row = await db.selectFrom('vaults').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : vaultCodec.fromRow(row)
}

/** Of one account, or of all: without those that were deleted. */
export async function listVaults(
  db: CatalogDb,
  accountId?: AccountId,
): Promise<readonly CatalogVault[]> {
  const query = db.selectFrom('vaults').selectAll().where('deletedAt', 'is', null)
  const rows = await (accountId === undefined ? query : query.where('accountId', '=', accountId))
    .orderBy('name')
    .orderBy('id')
    .execute()
  return rows.map(vaultCodec.fromRow)
}

export async function putMirror(db: CatalogDb, mirror: Mirror): Promise<void> {
  await db
    .insertInto('mirrors')
    .values(mirror)
    .onConflict((conflict) => conflict.column('sourceVaultId').doUpdateSet(mirror))
    .execute()
}

export async function listMirrors(db: CatalogDb, accountId: AccountId): Promise<readonly Mirror[]> {
  return await db
    .selectFrom('mirrors')
    .selectAll()
    .where('accountId', '=', accountId)
    .orderBy('createdAt')
    .execute()
}
