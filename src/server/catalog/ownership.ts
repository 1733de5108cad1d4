/** Which of these objects are an account's: asked for every id that a call names (A22). */
import { sql } from 'kysely'
import type { AccountId, IdKind, InstanceId, UserId, VaultId } from '#contract'
import type { CatalogDb } from './database/open-catalog.ts'

type OwnedKind = Exclude<IdKind, 'session' | 'rule' | 'event' | 'audit'> | 'point' | 'region'

export type Ownership = {
  readonly accountId: AccountId
  /** Tokens, sign-ins and passkeys are a user's own; which of both, their handlers say. */
  readonly userId: UserId | undefined
  /** Of an agent: jobs of other instances are not its. */
  readonly instanceId: InstanceId | undefined
  /** Points are named within their vault where the call names one. */
  readonly vaultId: VaultId | undefined
}

const tables = {
  account: 'accounts',
  alert: 'alerts',
  binding: 'bindings',
  channel: 'alertChannels',
  client: 'clients',
  code: 'activationCodes',
  instance: 'instances',
  job: 'jobs',
  passkey: 'passkeys',
  plan: 'plans',
  point: 'points',
  policy: 'policies',
  region: 'regions',
  restoreJob: 'jobs',
  token: 'tokens',
  user: 'users',
  vault: 'vaults',
  version: 'versions',
} as const satisfies Record<OwnedKind, string>

export function isOwnedKind(kind: string): kind is OwnedKind {
  return Object.hasOwn(tables, kind)
}

const idsPerQuery = 500

/** Those of the ids that exist and belong to the account. */
export async function listOwned(
  db: CatalogDb,
  kind: OwnedKind,
  ids: readonly string[],
  owner: Ownership,
): Promise<ReadonlySet<string>> {
  const owned = new Set<string>()
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const some = ids.slice(at, at + idsPerQuery)
    const { rows } = await sql<{ readonly id: string }>`
      select id from ${sql.table(tables[kind])}
      where id in (${sql.join(some)}) and ${sql.join(conditions(kind, owner), sql` and `)}
    `.execute(db)
    for (const { id } of rows) owned.add(id)
  }
  return owned
}

function conditions(kind: OwnedKind, owner: Ownership) {
  const { accountId, userId, instanceId, vaultId } = owner
  if (kind === 'account') return [sql`id = ${accountId}`]
  const ofAccount = sql`account_id = ${accountId}`
  if (kind === 'token' || kind === 'passkey') return [ofAccount, sql`user_id = ${userId ?? ''}`]
  if (kind === 'job' || kind === 'restoreJob') {
    const ofKind = sql`kind = ${kind === 'job' ? 'BACKUP' : 'RESTORE'}`
    return instanceId === undefined
      ? [ofAccount, ofKind]
      : [ofAccount, ofKind, sql`instance_id = ${instanceId}`]
  }
  if (kind === 'point' && vaultId !== undefined) return [ofAccount, sql`vault_id = ${vaultId}`]
  return [ofAccount]
}
