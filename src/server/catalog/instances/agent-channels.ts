/**
 * What the server keeps of the channel to one client: which process of it speaks, which of its messages were heard, how
 * many assignments it was given, and the identity that it is changing to.
 */
import type { ClientId, ClientStatus } from '#contract'
import { type Change, type Codec, codecOf, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'

/** Numbers of messages that counted: all up to `highest`, without those of the gaps (both ends belong to a gap). */
export type HeardNumbers = {
  readonly highest: number
  readonly gaps: readonly (readonly [from: number, to: number])[]
}

export type AgentChannel = {
  readonly clientId: ClientId
  /** The process that speaks for the client; null: none was heard yet. */
  readonly startId: string | null
  readonly startedAt: number
  /** Processes before it, the newest first. */
  readonly formerStarts: readonly string[]
  readonly heard: HeardNumbers
  readonly lastAssignment: number
  readonly factsAt: number | null
  /** The status of the client that it was told of: to upgrade, or to go. */
  readonly orderedStatus: ClientStatus | null
  /** SHA-256 of a public key that becomes the client's identity when it is first used. */
  readonly nextIdentity: Uint8Array | null
  readonly nextIdentityUntil: number | null
}

type ChannelJson = 'formerStarts' | 'heard'
export type AgentChannelRow = Stored<AgentChannel, ChannelJson, never>
const codec: Codec<AgentChannel, ChannelJson> = codecOf<AgentChannel>()(['formerStarts', 'heard'])

const fresh = {
  startId: null,
  startedAt: 0,
  formerStarts: [],
  heard: { highest: -1, gaps: [] },
  lastAssignment: 0,
  factsAt: null,
  orderedStatus: null,
  nextIdentity: null,
  nextIdentityUntil: null,
} as const

export async function findAgentChannel(
  db: CatalogDb,
  clientId: ClientId,
): Promise<AgentChannel | undefined> {
  const row = await db
    .selectFrom('agentChannels')
    .selectAll()
    .where('clientId', '=', clientId)
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** The channel, made when there is none yet; until the transaction ends nobody else changes it. */
export async function holdChannel(trx: CatalogDb, clientId: ClientId): Promise<AgentChannel> {
  const row = await trx
    .insertInto('agentChannels')
    .values(codec.toRow({ ...fresh, clientId }))
    .onConflict((conflict) => conflict.column('clientId').doUpdateSet({ clientId }))
    .returningAll()
    .executeTakeFirstOrThrow()
  return codec.fromRow(row)
}

export async function updateChannel(
  trx: CatalogDb,
  clientId: ClientId,
  change: Omit<Change<AgentChannel>, 'clientId'>,
): Promise<void> {
  await trx
    .updateTable('agentChannels')
    .set({ clientId, ...codec.toColumns(change) })
    .where('clientId', '=', clientId)
    .execute()
}

/** The next number of an assignment of the client; the channel must be there. */
export async function countAssignment(trx: CatalogDb, clientId: ClientId): Promise<number> {
  const { lastAssignment } = await trx
    .updateTable('agentChannels')
    .set((eb) => ({ lastAssignment: eb('lastAssignment', '+', 1) }))
    .where('clientId', '=', clientId)
    .returning('lastAssignment')
    .executeTakeFirstOrThrow()
  return lastAssignment
}

/** What must be known of a client to hear it: one question, for a thousand of them ask at once after a restart. */
export async function findSpeaker(db: CatalogDb, clientId: ClientId) {
  const row = await db
    .selectFrom('clients')
    .innerJoin('instances', 'instances.id', 'clients.instanceId')
    .leftJoin('agentChannels', 'agentChannels.clientId', 'clients.id')
    .select([
      'clients.instanceId',
      'clients.regionId',
      'clients.status',
      'clients.version',
      'clients.revokedAt',
      'instances.name as instanceName',
      'instances.fingerprint',
      'instances.system',
      'instances.architecture',
      'agentChannels.startId',
      'agentChannels.startedAt',
      'agentChannels.orderedStatus',
      'agentChannels.formerStarts',
    ])
    .where('clients.id', '=', clientId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { startedAt, formerStarts, ...facts } = row
  return { ...facts, startedAt: startedAt ?? 0, formerStarts: startsIn(formerStarts) }
}

function startsIn(stored: string | null): readonly string[] {
  const list: unknown = JSON.parse(stored ?? '[]')
  return Array.isArray(list) ? list.map(String) : []
}
