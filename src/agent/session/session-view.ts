/** What an opened session tells the agent: keys that name content, keys that seal for the way, and where chunks lie. */
import { concatBytes, failure } from '#base'
import { decodePlaces, type Places, routes, type SessionFacts } from '#contract'
import {
  type Cipher,
  decodePoint,
  deriveSessionKeys,
  type KnownPoint,
  pointState,
  type VaultConfig,
} from '#engine'
import { ChunkIndex, ChunkReader, type VaultView } from '#vault'
import { remoteBlocks, type SessionLink } from './remote-blocks.ts'

export type SessionView = {
  readonly view: VaultView
  /** The point before, when it can be built upon; or the one to restore. */
  readonly point: KnownPoint | undefined
  readonly reader: ChunkReader
  readonly lost: Places['lost']
}

const noPlaces: Places = { isUsable: false, lost: [], packs: [] }

/** @throws session.*, server.* */
export async function viewSession(
  link: SessionLink,
  cipher: Cipher,
  facts: SessionFacts,
): Promise<SessionView> {
  const view = { ports: { cipher }, config: configOf(facts), keys: keysOf(cipher, facts) }
  const index = new ChunkIndex()
  const places = facts.point === undefined ? noPlaces : await placesOf(link)
  for (const pack of places.packs) index.addPack(pack)
  const reader = new ChunkReader(view, index, remoteBlocks(link))
  const point = places.isUsable ? pointOf(facts) : undefined
  return { view, point, reader, lost: places.lost }
}

async function placesOf(link: SessionLink): Promise<Places> {
  return await link.patiently(async () => {
    const { signal, sessionId } = link
    const stream = await link
      .client()
      .stream(routes.sessions.places, { path: { sessionId } }, { signal })
    return decodePlaces(concatBytes(await Array.fromAsync(stream)))
  })
}

function keysOf(cipher: Cipher, facts: SessionFacts): VaultView['keys'] {
  const naming = { idKey: bytesFrom(facts.idKey, 32), gear: bytesFrom(facts.gear, 2048) }
  const sessionId = bytesFrom(facts.sealingId, 16)
  return deriveSessionKeys(cipher, naming, {
    sessionId,
    master: bytesFrom(facts.sealingMaster, 32),
  })
}

/** As far as the pipeline asks for it; what a vault allows is the server's to keep. */
function configOf(facts: SessionFacts): VaultConfig {
  return {
    vaultId: bytesFrom(facts.sealingId, 16),
    mode: 'managed',
    createdAt: 0,
    compressionLevel: facts.compressionLevel,
    chunkAverageBytes: facts.chunkAverageBytes,
    retentionMinMs: 0,
    retentionMaxMs: undefined,
    gcGraceMs: 0,
    features: [],
  }
}

function pointOf({ point: told }: SessionFacts): KnownPoint | undefined {
  if (told === undefined) return undefined
  const point = decodePoint(
    Uint8Array.from(Buffer.from(told.record, 'base64')),
    'the point of a session',
  )
  return { id: told.pointId, point, state: pointState(point, undefined) }
}

function bytesFrom(text: string, length: number): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  if (bytes.length === length) return bytes
  throw failure('session.refused', { problem: 'the server sent keys of another length' })
}
