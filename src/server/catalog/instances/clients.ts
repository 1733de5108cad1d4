/** Clients: the registration of the agent on an instance, its identity, and when it was last heard from. */
import { sql } from 'kysely'
import type {
  AccountId,
  AlertSetting,
  ChannelId,
  ClientId,
  ClientStatus,
  InstanceId,
} from '#contract'
import {
  type Change,
  type Codec,
  codecOf,
  type JsonRecord,
  type Stored,
} from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { at } from '../database/sql-values.ts'
import { transact } from '../database/transact.ts'

export type Client = {
  readonly id: ClientId
  readonly accountId: AccountId
  readonly regionId: string
  readonly instanceId: InstanceId
  readonly status: ClientStatus
  readonly version: string | null
  /** SHA-256 of the public key of its certificate. */
  readonly identity: Uint8Array | null
  readonly identityUntil: number | null
  readonly revokedAt: number | null
  /** The agent process that was heard last. */
  readonly process: string | null
  readonly heardAt: number | null
  readonly problemCode: string | null
  readonly problem: string | null
  readonly alertSetting: AlertSetting
  readonly alertChannels: readonly ChannelId[]
  readonly settings: JsonRecord
  readonly createdAt: number
  readonly updatedAt: number
}

type ClientJson = 'alertChannels' | 'settings'
export type ClientRow = Stored<Client, ClientJson, never>
const codec: Codec<Client, ClientJson> = codecOf<Client>()(['alertChannels', 'settings'])

export const clientFromRow = codec.fromRow

/** False: the instance has a client. */
export async function createClient(db: CatalogDb, client: Client): Promise<boolean> {
  const row = await db
    .insertInto('clients')
    .values(codec.toRow(client))
    .onConflict((conflict) => conflict.column('instanceId').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** @param expected when given: only a client in one of these states is changed */
export async function updateClient(
  db: CatalogDb,
  id: ClientId,
  change: Omit<Change<Client>, 'id' | 'accountId' | 'instanceId'>,
  expected?: readonly ClientStatus[],
): Promise<Client | undefined> {
  const query = db
    .updateTable('clients')
    .set({ id, ...codec.toColumns(change) })
    .where('id', '=', id)
  const row = await (expected === undefined ? query : query.where('status', 'in', expected))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function findClient(db: CatalogDb, id: ClientId): Promise<Client | undefined> {
  const row = await db.selectFrom('clients').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/**
 * Who presents this identity; revoked ones are found too, so that the refusal can say so. The identity that a client
 * was renewed to takes the place of its old one when it is first presented.
 */
export async function findClientByIdentity(
  db: CatalogDb,
  identity: Uint8Array,
): Promise<Client | undefined> {
  const row = await db
    .selectFrom('clients')
    .selectAll()
    .where('identity', '=', identity)
    .executeTakeFirst()
  return row === undefined ? await adoptIdentity(db, identity) : codec.fromRow(row)
}

async function adoptIdentity(db: CatalogDb, identity: Uint8Array): Promise<Client | undefined> {
  const waiting = await db
    .selectFrom('agentChannels')
    .select('clientId')
    .where('nextIdentity', '=', identity)
    .executeTakeFirst()
  if (waiting === undefined) return undefined
  return await transact(db, async (trx) => {
    const next = await trx
      .updateTable('agentChannels')
      .set({ nextIdentity: null })
      .where('nextIdentity', '=', identity)
      .returning(['clientId', 'nextIdentityUntil'])
      .executeTakeFirst()
    if (next === undefined) return undefined
    const { clientId, nextIdentityUntil } = next
    return await updateClient(trx, clientId, { identity, identityUntil: nextIdentityUntil })
  })
}

export async function listClientsOf(
  db: CatalogDb,
  instanceIds: readonly InstanceId[],
): Promise<ReadonlyMap<InstanceId, Client>> {
  if (instanceIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('clients')
    .selectAll()
    .where('instanceId', 'in', instanceIds)
    .execute()
  return new Map(rows.map((row) => [row.instanceId, codec.fromRow(row)]))
}

export type Contact = {
  readonly clientId: ClientId
  readonly process: string
  readonly version: string
  readonly heardAt: number
}

const contactsPerTransaction = 200

/**
 * Notes that clients were heard from. Many at once: a commit costs a write to the disk, and a thousand agents would else
 * cost a thousand. A client that had been given up (UNKNOWN) is active again.
 */
export async function recordContacts(db: CatalogDb, contacts: readonly Contact[]): Promise<void> {
  // In one order, so that two servers that record the same clients do not wait for each other in a circle.
  const sorted = contacts.toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1))
  for (let from = 0; from < sorted.length; from += contactsPerTransaction) {
    const some = sorted.slice(from, from + contactsPerTransaction)
    await transact(db, async (trx) => {
      for (const contact of some) await recordContact(trx, contact)
    })
  }
}

async function recordContact(trx: CatalogDb, contact: Contact): Promise<void> {
  const { clientId, process, version, heardAt } = contact
  await trx
    .updateTable('clients')
    .set({
      process,
      version,
      heardAt: sql<number>`case when heard_at > ${at(heardAt)} then heard_at else ${at(heardAt)} end`,
      status: sql<ClientStatus>`case when status = 'UNKNOWN' then 'ACTIVATED' else status end`,
      updatedAt: heardAt,
    })
    .where('id', '=', clientId)
    .where('revokedAt', 'is', null)
    .execute()
}

/** Active clients not heard from since an instant become UNKNOWN (A5); those that changed. */
export async function markLostClients(
  db: CatalogDb,
  heardBefore: number,
  now: number,
): Promise<readonly Client[]> {
  const rows = await db
    .updateTable('clients')
    .set({ status: 'UNKNOWN', updatedAt: now })
    .where('status', '=', 'ACTIVATED')
    .where('heardAt', '<', heardBefore)
    .returningAll()
    .execute()
  return rows.map(codec.fromRow)
}

/** A5: a client heard from since the instant cannot be removed. */
export async function removeClient(
  db: CatalogDb,
  id: ClientId,
  heardSince: number,
): Promise<'removed' | 'refused'> {
  const row = await db
    .deleteFrom('clients')
    .where('id', '=', id)
    .where((eb) => eb.or([eb('heardAt', 'is', null), eb('heardAt', '<=', heardSince)]))
    .returning('id')
    .executeTakeFirst()
  return row === undefined ? 'refused' : 'removed'
}

/** The machine has another client now: what this one was known by counts no more. */
export async function dropClient(trx: CatalogDb, id: ClientId): Promise<void> {
  await trx.deleteFrom('clients').where('id', '=', id).execute()
}
