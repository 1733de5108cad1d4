/** Who is told of an alert: the setting of the client overrides that of its vault, and without both it is the account (H4). */
import type { AccountId, AlertKind, AlertSetting, ChannelId, InstanceId, VaultId } from '#contract'
import {
  type AlertChannel,
  type CatalogDb,
  findAccount,
  findVault,
  listChannels,
  listClientsOf,
  listPlansOf,
  listUsers,
  makeContactChannel,
} from '../../catalog/index.ts'
import { readSettings, writeSettings } from './channel-target.ts'
import type { Reading } from './notice-message.ts'
import type { NoticePorts } from './notice-ports.ts'

export type OwnSetting = {
  readonly alertSetting: AlertSetting
  readonly alertChannels: readonly ChannelId[]
}

export type ReachRequest = {
  readonly kind: AlertKind
  readonly client: OwnSetting | undefined
  readonly vault: OwnSetting | undefined
  /** All of the account. */
  readonly channels: readonly AlertChannel[]
}

/** The inbox is not asked for: it gets every alert, also what is told to nobody. */
export function chooseChannels(request: ReachRequest): readonly ChannelId[] {
  const { client, vault } = request
  const open = request.channels.filter(
    (channel) => channel.enabled && readSettings(channel).kinds.includes(request.kind),
  )
  const setting = client === undefined || client.alertSetting === 'inherit' ? vault : client
  const all = open.map(({ id }) => id)
  switch (setting?.alertSetting) {
    case 'off':
      return []
    case 'custom': {
      const known = request.channels.filter(({ id }) => setting.alertChannels.includes(id))
      // Channels that are all gone would be silence that nobody has asked for.
      return known.length === 0 ? all : all.filter((id) => known.some((one) => one.id === id))
    }
    default:
      return all
  }
}

export type AlertPlace = {
  readonly accountId: AccountId
  readonly kind: AlertKind
  readonly instanceId: InstanceId | null
  readonly vaultId: VaultId | null
}

export async function findChannels(
  db: CatalogDb,
  place: AlertPlace,
): Promise<readonly ChannelId[]> {
  const { accountId, instanceId, kind } = place
  const client =
    instanceId === null ? undefined : (await listClientsOf(db, [instanceId])).get(instanceId)
  const vaultId = place.vaultId ?? (await vaultOf(db, instanceId))
  const vault = vaultId === null ? undefined : await findVault(db, vaultId)
  return chooseChannels({ kind, client, vault, channels: await listChannels(db, accountId) })
}

async function vaultOf(db: CatalogDb, instanceId: InstanceId | null): Promise<VaultId | null> {
  if (instanceId === null) return null
  return (await listPlansOf(db, [instanceId])).at(-1)?.vaultId ?? null
}

/** The account's contact, or its owners when it names none. */
export async function listContacts(
  db: CatalogDb,
  accountId: AccountId,
): Promise<readonly string[]> {
  const contact = (await findAccount(db, accountId))?.contact
  if (contact !== undefined && contact !== '') return [contact]
  const grants = await db
    .selectFrom('roleGrants')
    .select('userId')
    .where('accountId', '=', accountId)
    .where('role', '=', 'owner')
    .execute()
  const owners = new Set(grants.map(({ userId }) => userId))
  const users = await listUsers(db, accountId)
  return users
    .filter(({ id, status }) => status === 'ACTIVE' && owners.has(id))
    .flatMap(({ email }) => email ?? [])
}

/** The default: mail to the account's contact. Made when it is first asked for. */
export async function ensureContactChannel(
  db: CatalogDb,
  of: { readonly accountId: AccountId; readonly newId: () => ChannelId; readonly now: number },
): Promise<void> {
  await makeContactChannel(db, {
    id: of.newId(),
    accountId: of.accountId,
    kind: 'email',
    name: 'Account contact',
    settings: writeSettings({ kind: 'contact', kinds: undefined }),
    sealedSecret: null,
    enabled: true,
    createdAt: of.now,
    updatedAt: of.now,
  })
}

/** How the account is written to. The server's own language counts for accounts that have none. */
export async function readReading(
  db: CatalogDb,
  accountId: AccountId,
  ports: Pick<NoticePorts, 'publicAddress' | 'language'>,
): Promise<Reading> {
  const account = await findAccount(db, accountId)
  return {
    language: account?.language || ports.language,
    timeZone: account?.timeZone ?? 'UTC',
    accountName: account?.name ?? accountId,
    publicAddress: ports.publicAddress,
  }
}
