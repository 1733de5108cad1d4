/** The routes of sessions: what agents send and fetch. Nothing that an agent says of itself or of time is believed. */
import { createHash } from 'node:crypto'
import { assert, byteString, concatBytes, failure, freeBytes, isFailure } from '#base'
import {
  blockFrameBytesMax,
  decodeBlockFrame,
  decodeChunkIds,
  draftBytesMax,
  encodeBits,
  encodeBlocks,
  encodeReceipt,
  idsBytesMax,
  type Receipt,
  type SessionId,
} from '#contract'
import { decodePoint, type KnownPoint, type Point, parseObjectName } from '#engine'
import type { PointDraft } from '#ports'
import { findVault, updateVault } from '../catalog/index.ts'
import type { CallContext, HandlersOf } from '../handler.ts'
import { agentOf } from '../identity.ts'
import { fillCatalog } from './fill-catalog.ts'
import type { BackupSessionOfAgent } from './live-sessions.ts'
import { openBackup, openRestore, type SessionParts } from './open-session.ts'
import { tagsOf } from './point-origin.ts'

export function sessionsHandlers(parts: SessionParts): HandlersOf<'sessions'> {
  const { live } = parts
  return {
    open: async ({ body }, { identity, signal }) => {
      const agent = agentOf(identity)
      return body.kind === 'backup'
        ? await openBackup(parts, agent, body, signal)
        : await openRestore(parts, agent, body, signal)
    },
    places: ({ path }, { identity }) =>
      live.use(path.sessionId, agentOf(identity).clientId, async (session) =>
        wholeAnswer([await session.places()]),
      ),
    have: ({ path }, context) =>
      useBackup(parts, path.sessionId, context, async ({ guest, signal }) => {
        const ids = decodeChunkIds(await wholeOf(context, idsBytesMax))
        return wholeAnswer([encodeBits(await guest.have(ids, signal))])
      }),
    put: ({ path }, context) =>
      useBackup(parts, path.sessionId, context, async (session) => {
        const sent = await wholeOf(context, blockFrameBytesMax)
        const frame = decodeBlockFrame(sent)
        freeBytes(sent)
        if (frame.number !== Number(path.blockNumber))
          throw failure('session.refused', { problem: 'a block has another number than its path' })
        const { guest, hosted, counted, facts } = session
        hosted.room.assertLeft(facts.quotaBytes)
        const stored = await guest.takeBlock(frame, session.signal)
        hosted.room.count(counted, guest.storedBytes)
        await live.notePacks(session)
        return { number: frame.number, ...stored }
      }),
    commit: ({ path, query }, context) =>
      useBackup(parts, path.sessionId, context, async (session) => {
        const sent = await wholeOf(context, draftBytesMax)
        const said = decodeDraft(sent)
        const draft = draftOf(session, said, parts.kernel.wallMs())
        const known = await session.guest.commit(draft, query, session.signal)
        await noteCommit(parts, session, known)
        return receiptOf(parts, session, { known, sent })
      }),
    fetch: ({ path, body }, { identity }) =>
      live.use(path.sessionId, agentOf(identity).clientId, async ({ released, signal }) => {
        const object = parseObjectName(`pack/${body.pack}`)
        assert(object !== undefined, 'a digest names a pack')
        const { offsets } = body
        return wholeAnswer(
          encodeBlocks(await (await released()).fetch({ object, offsets }, signal)),
        )
      }),
    close: async ({ path }, { identity }) => {
      if (live.ownerOf(path.sessionId) === agentOf(identity).clientId)
        await live.end(path.sessionId)
      return undefined
    },
  }
}

/** Who was fenced owns the vault no more: it is opened anew, and the agent begins a new session there. */
async function useBackup<T>(
  { live, gateway }: SessionParts,
  id: SessionId,
  { identity }: CallContext,
  work: (session: BackupSessionOfAgent) => Promise<T>,
): Promise<T> {
  return await live.use(id, agentOf(identity).clientId, async (session) => {
    if (session.kind !== 'backup')
      throw failure('session.refused', { problem: 'it is a session of a restore' })
    try {
      return await work(session)
    } catch (problem) {
      if (!isFailure(problem, 'vault.fenced')) throw problem
      const { hosted } = session
      void live.endOf((one) => one.hosted === hosted).then(() => gateway.drop(hosted.id, hosted))
      throw failure('session.unknown', { session: id }, problem)
    }
  })
}

function wholeAnswer(pieces: readonly Uint8Array[]) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return { content: once(pieces), length }
}

/** Waits for all of it before anything is done: half a block is no block. @throws request.too-large */
async function wholeOf({ content }: CallContext, bytesMax: number): Promise<Uint8Array> {
  assert(content !== undefined, 'a binary route has content')
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of content) {
    bytes += piece.length
    if (bytes > bytesMax) throw failure('request.too-large', { limit: bytesMax })
    pieces.push(piece)
  }
  const [first] = pieces
  if (pieces.length === 1 && first !== undefined) return first
  const whole = concatBytes(pieces)
  for (const piece of pieces) freeBytes(piece)
  return whole
}

async function* once(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

/** @throws session.refused */
function decodeDraft(bytes: Uint8Array): Point {
  try {
    return decodePoint(bytes, 'the point of a session')
  } catch (problem) {
    const text = problem instanceof Error ? problem.message : String(problem)
    throw failure('session.refused', { problem: text }, problem)
  }
}

/** Of the agent: the tree, what it counted and what failed. Of the server: everything else. */
function draftOf(
  { source, origin, facts }: BackupSessionOfAgent,
  said: Point,
  now: number,
): PointDraft {
  const { tree, summary, failures, failureCount, failureLists } = said
  const isWhole = failureCount === 0 && failures.length === 0 && failureLists.length === 0
  return {
    createdAt: now,
    startedAt: startOf(said, facts.openedAt),
    retainForMs: facts.retainForMs,
    host: facts.host,
    user: 'agent',
    tags: tagsOf(origin),
    sources: [{ path: source, prefix: noPrefix }],
    status: isWhole && said.status === 'complete' ? 'complete' : 'partial',
    tree,
    summary,
    failureCount,
    failures,
    failureLists,
  }
}

/** The only source of a point stands at its top. */
const noPrefix = byteString(new Uint8Array())

const clockSkewMaxMs = 60_000

/**
 * The next backup reads files again that changed shortly before this instant, by the clock of their machine. An early one
 * costs reading, a late one could lose a change; so the agent's is taken unless it is later than ours.
 */
function startOf({ startedAt }: Point, openedAt: number): number {
  return Math.min(startedAt, openedAt + clockSkewMaxMs)
}

async function noteCommit(
  { kernel }: SessionParts,
  session: BackupSessionOfAgent,
  known: KnownPoint,
): Promise<void> {
  const row = await findVault(kernel.catalog.db, session.vaultId)
  assert(row !== undefined, 'a vault that is open is in the catalog')
  await fillCatalog(kernel, row, { points: [known], kind: 'some' })
  // People see it until the next maintenance counts again.
  await updateVault(kernel.catalog.db, row.id, { storedBytes: session.hosted.room.usedBytes })
}

function receiptOf(
  { gateway }: SessionParts,
  { vaultId, jobId, source, origin }: BackupSessionOfAgent,
  { known, sent }: { readonly known: KnownPoint; readonly sent: Uint8Array },
): Receipt {
  const { id, point, state } = known
  const { instanceId, versionId, planId } = origin
  const facts = {
    instanceId,
    vaultId,
    ...(planId === undefined ? {} : { planId }),
    jobId,
    versionId,
    source,
    draft: createHash('sha256').update(sent).digest('hex'),
    pointId: id as Receipt['pointId'],
    sequence: point.sequence,
    ...(point.previous === undefined ? {} : { previous: point.previous as Receipt['pointId'] }),
    trustedAt: point.trustedAt,
    ...(state.retainUntil === undefined ? {} : { retainUntil: state.retainUntil }),
  }
  const signed = gateway.ports.signReceipt(encodeReceipt(facts))
  return { ...facts, signature: Buffer.from(signed).toString('base64') }
}
