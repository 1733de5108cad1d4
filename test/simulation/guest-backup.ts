/**
 * Backups of guests in the simulator: the session of the agent and that of the server, with the network between them. A reply
 * may be lost on its way, and then the call is made again; what an attempt stored is remembered for the next one.
 */
import { RateLimit, RemoteSession, viewSession } from '#agent'
import { BrokenInvariant, failure } from '#base'
import {
  type ApiClient,
  decodeBlockFrame,
  decodeChunkIds,
  encodeBits,
  encodeBlocks,
  encodeNoPlaces,
  encodePlaces,
  type PointId,
  pathOf,
  type RouteSpec,
  routes,
  type SessionFacts,
} from '#contract'
import {
  admitBlock,
  decodePoint,
  encodePoint,
  hashedName,
  type KnownPoint,
  type ObjectName,
  parseObjectName,
  releaseBlock,
  type VaultKeys,
} from '#engine'
import type { BackupSession } from '#ports'
import {
  type ChunkReader,
  describePlaces,
  GuestSession,
  ReleasedBlocks,
  type Session,
} from '#vault'
import { type Life, signal, type World } from './world.ts'

const repliesLost = 0.05
const limits = { blocksMax: 256, bytesMax: 16 * 1024 * 1024 }

export type GuestOrder = {
  readonly source: number
  readonly parent: KnownPoint | undefined
  readonly tag: string
  readonly retainForMs: number | undefined
}

export type OpenedGuest = AsyncDisposable & {
  readonly session: BackupSession
  readonly reader: ChunkReader
  readonly parent: KnownPoint | undefined
  readonly keys: VaultKeys
}

/** What the catalog knows of attempts that made no point; it outlives every process. */
const notedPacks = new WeakMap<World, Map<number, Set<ObjectName>>>()

function notedFor(world: World, source: number): Set<ObjectName> {
  const all = notedPacks.get(world) ?? new Map<number, Set<ObjectName>>()
  notedPacks.set(world, all)
  const noted = all.get(source) ?? new Set<ObjectName>()
  all.set(source, noted)
  return noted
}

/** Receipts are checked where there is a server that signs them. */
const expectReceipt = async () => async () => {}

export async function openGuest(
  world: World,
  life: Life,
  session: Session,
  order: GuestOrder,
): Promise<OpenedGuest> {
  const { cipher } = world
  const turn = () => world.scheduler.turn(life)
  const secrets = { sessionId: cipher.random(16), master: cipher.random(32) }
  const exchange = {
    admit: async (...[change, block]: Parameters<GuestExchange['admit']>) => {
      await turn()
      return admitBlock(cipher, change, block)
    },
    release: async (...[change, block]: Parameters<GuestExchange['release']>) => {
      await turn()
      return releaseBlock(cipher, change, block)
    },
  }
  const { parent } = order
  const earlierPacks = [...notedFor(world, order.source)]
  const guest = new GuestSession(session, {
    secrets,
    exchange,
    parent,
    earlierPacks,
    sharesAll: false,
  })
  guest.prepare(signal).catch(() => {})
  const server = { world, life, guest, order, secrets, exchange }
  const client = lossy(world, life, serverOf(server))
  const facts = factsOf(life, server, parent)
  const link = {
    client: () => client,
    sessionId: facts.sessionId,
    signal,
    limit: new RateLimit(life.machine, undefined),
    patiently: async <T>(call: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await call()
        } catch (problem) {
          if (problem !== lost) throw problem
        }
      }
    },
  }
  const view = await viewSession(link, cipher, facts)
  return {
    session: new RemoteSession(link, { clock: life.machine, expectReceipt }, facts, view),
    reader: view.reader,
    parent: view.point,
    keys: view.view.keys,
    [Symbol.asyncDispose]: async () => {
      await guest[Symbol.asyncDispose]()
    },
  }
}

type GuestExchange = ConstructorParameters<typeof GuestSession>[1]['exchange']

type Server = {
  readonly world: World
  readonly life: Life
  readonly guest: GuestSession
  readonly order: GuestOrder
  readonly secrets: ConstructorParameters<typeof GuestSession>[1]['secrets']
  readonly exchange: GuestExchange
}

const lost = failure('server.unreachable', { address: 'of the simulation', problem: 'lost' })

type Answer = (spec: RouteSpec, input: unknown) => Promise<unknown>

/** A network that brings every call and loses a reply now and then. */
function lossy(world: World, life: Life, answer: Answer): ApiClient {
  const ask = async (spec: RouteSpec, input: unknown): Promise<unknown> => {
    await world.scheduler.turn(life)
    const said = await answer(spec, input)
    await world.scheduler.turn(life)
    if (world.random.chance(repliesLost)) throw lost
    return said
  }
  const unused = () => {
    throw new BrokenInvariant('no session asks for this')
  }
  // The types of calls and answers are those of the routes; here they are told apart by the route alone.
  return {
    call: ask,
    stream: async (spec: RouteSpec, input: unknown) => once(await ask(spec, input)),
    list: unused,
    events: unused,
  } as unknown as ApiClient
}

async function* once(said: unknown): AsyncGenerator<Uint8Array> {
  if (said instanceof Uint8Array) yield said
}

/** What the handlers of the routes do. */
function serverOf({ world, guest, order, secrets, exchange }: Server): Answer {
  const seen = { has: (ids: Uint8Array, at?: number) => guest.own.namesOthers(ids, at) }
  const released = new ReleasedBlocks({ reader: guest.reader, exchange, secrets, limits }, seen)
  const noted = notedFor(world, order.source)
  const { sessions } = routes
  const handlers = new Map<string, (input: Asked) => Promise<unknown>>([
    [
      pathOf(sessions.places),
      async () => {
        await guest.prepare(signal)
        if (guest.parent === undefined) return encodeNoPlaces()
        const pause = async () => {}
        const places = await describePlaces(guest.reader, seen, { kinds: ['tree'], pause })
        return encodePlaces(guest.lost, places)
      },
    ],
    [
      pathOf(sessions.have),
      async ({ body }) => encodeBits(await guest.have(decodeChunkIds(bytesOf(body)), signal)),
    ],
    [
      pathOf(sessions.put),
      async ({ body }) => {
        const stored = await guest.takeBlock(decodeBlockFrame(bytesOf(body)), signal)
        for (const { id } of guest.ownPacks) noted.add(hashedName('pack', id))
        return stored
      },
    ],
    [
      pathOf(sessions.fetch),
      async ({ body }) => {
        const { pack, offsets } = body as { pack: string; offsets: number[] }
        const object = parseObjectName(`pack/${pack}`)
        if (object === undefined) throw new BrokenInvariant('a digest names a pack')
        const pieces = encodeBlocks(await released.fetch({ object, offsets }, signal))
        return Buffer.concat(pieces)
      },
    ],
    [
      pathOf(sessions.commit),
      async ({ body, query }) => {
        const { trustedAt: _t, retainUntil: _r, ...said } = decodePoint(bytesOf(body), 'a draft')
        const { tag, retainForMs } = order
        const draft = { ...said, tags: [tag], retainForMs }
        const { id, point, state } = await guest.commit(draft, query ?? { blocks: 0 }, signal)
        const { sequence, previous, trustedAt } = point
        const { retainUntil } = state
        noted.clear()
        return { pointId: id, sequence, previous, trustedAt, retainUntil }
      },
    ],
  ])
  return async (spec, input) => {
    const handler = handlers.get(pathOf(spec))
    if (handler === undefined) throw new BrokenInvariant(`no guest calls ${spec.path}`)
    return await handler(input as Asked)
  }
}

type Asked = { readonly body?: unknown; readonly query?: { readonly blocks: number } }

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body.slice()
  throw new BrokenInvariant('the call has bytes')
}

function factsOf(
  { vault }: Life,
  { guest, secrets }: Server,
  parent: KnownPoint | undefined,
): SessionFacts {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const { keys, config } = vault
  return {
    sessionId: 'simulated' as SessionFacts['sessionId'],
    ...(parent && {
      point: { pointId: parent.id as PointId, record: base64(encodePoint(parent.point)) },
    }),
    idKey: base64(keys.idKey),
    gear: base64(keys.gear),
    sealingId: base64(secrets.sessionId),
    sealingMaster: base64(secrets.master),
    chunkAverageBytes: config.chunkAverageBytes,
    compressionLevel: config.compressionLevel,
    isEmpty: guest.isEmpty,
    blocksUnderWayMax: 4,
    idleMs: 1_000,
  }
}
