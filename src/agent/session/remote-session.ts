/**
 * A backup's session on a vault behind a server (decision 6). The job is the one that the command line runs on a vault of
 * its own; here it learns from the server what need not be sent, and sends blocks sealed for the way.
 */
import { assert, checkAborted, Gate } from '#base'
import {
  decodeBits,
  encodeBlockFrame,
  encodeChunkIds,
  idsPerRequestMax,
  type Receipt,
  routes,
  type SessionFacts,
} from '#contract'
import {
  type BlockKind,
  type ChunkId,
  chunkIdOf,
  encodePoint,
  type KnownPoint,
  type Point,
  pointState,
  type SealedBlock,
  sealBlock,
} from '#engine'
import type { BackupSession, Clock, PointDraft } from '#ports'
import { ChunkSet, type VaultView } from '#vault'
import type { SessionLink } from './remote-blocks.ts'
import type { SessionView } from './session-view.ts'

const treeBlockBytesTarget = 256 * 1024
const utf8 = new TextDecoder('latin1')

/** Asked before a record is sent; what it answers is told the receipt. @throws receipt.refused */
export type ExpectReceipt = (sent: Uint8Array) => Promise<(receipt: Receipt) => Promise<void>>

type SessionTools = { readonly clock: Clock; readonly expectReceipt: ExpectReceipt }

export class RemoteSession implements BackupSession {
  newBytes = 0
  storedBytes = 0
  readonly hasLosses: boolean
  readonly #link: SessionLink
  readonly #clock: Clock
  readonly #expectReceipt: ExpectReceipt
  readonly #facts: SessionFacts
  readonly #session: SessionView
  readonly #lost: ReadonlySet<string>
  /** Content that was asked for or is on its way: sent once, whoever needs it. */
  readonly #claimed: ChunkSet
  /** Apart from content: where a file has the bytes of a node, what the server says of one holds not for the other. */
  readonly #claimedNodes: ChunkSet
  readonly #gate: Gate
  readonly #underWay = new Set<Promise<void>>()
  #problem: { readonly error: unknown } | undefined
  #blocks = 0
  #nodes: { ids: ChunkId[]; chunks: Uint8Array[]; bytes: number } = {
    ids: [],
    chunks: [],
    bytes: 0,
  }

  constructor(
    link: SessionLink,
    { clock, expectReceipt }: SessionTools,
    facts: SessionFacts,
    session: SessionView,
  ) {
    this.#link = link
    this.#clock = clock
    this.#expectReceipt = expectReceipt
    this.#facts = facts
    this.#session = session
    this.#lost = new Set(session.lost.map((prefix) => prefixText(prefix, 0)))
    this.hasLosses = this.#lost.size > 0
    this.#claimed = new ChunkSet(session.view.ports.cipher)
    this.#claimedNodes = new ChunkSet(session.view.ports.cipher)
    this.#gate = new Gate(facts.blocksUnderWayMax)
  }

  get #view(): VaultView {
    return this.#session.view
  }

  wallNow(): number {
    return Math.floor(this.#clock.now().wallMs)
  }

  /** The server pinned it when it opened the session. */
  pinPoint(id: string): boolean {
    return this.#session.point?.id === id
  }

  has(ids: Uint8Array, at = 0): boolean {
    return this.#lost.size === 0 || !this.#lost.has(prefixText(ids, at))
  }

  async claim(
    chunks: readonly { readonly id: ChunkId }[],
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const ours = [...chunks.keys()].filter((i) => {
      const chunk = chunks[i]
      return chunk !== undefined && this.#claimed.add(chunk.id)
    })
    if (this.#facts.isEmpty) return ours
    const lacking: number[] = []
    for (let from = 0; from < ours.length; from += idsPerRequestMax) {
      const asked = ours.slice(from, from + idsPerRequestMax)
      const ids = asked.flatMap((i) => chunks[i]?.id ?? [])
      const have = await this.#have(ids, signal)
      lacking.push(...asked.filter((_, k) => have[k] !== true))
    }
    return lacking
  }

  async #have(ids: readonly ChunkId[], signal: AbortSignal): Promise<readonly boolean[]> {
    const { client, sessionId } = this.#link
    const body = encodeChunkIds(ids)
    return await this.#link.patiently(async () => {
      const stream = await client().stream(
        routes.sessions.have,
        { path: { sessionId }, body },
        { signal },
      )
      const [bits = new Uint8Array(), ...more] = await Array.fromAsync(stream)
      return decodeBits(more.length === 0 ? bits : Buffer.concat([bits, ...more]), ids.length)
    })
  }

  async addBlock(kind: BlockKind, block: SealedBlock, signal: AbortSignal): Promise<void> {
    this.#throwProblem()
    const number = this.#blocks++
    this.newBytes += block.rawLength
    const sending = this.#gate.run(() => this.#send(kind, number, block, signal))
    this.#underWay.add(sending)
    try {
      await sending
    } catch (error) {
      this.#problem ??= { error }
      throw error
    } finally {
      this.#underWay.delete(sending)
    }
  }

  async #send(
    kind: BlockKind,
    number: number,
    { ids, lengths, bytes }: SealedBlock,
    signal: AbortSignal,
  ): Promise<void> {
    this.#throwProblem()
    checkAborted(signal)
    const { client, limit, sessionId } = this.#link
    const body = encodeBlockFrame({ kind, number, ids, lengths, sealed: bytes })
    await limit.take(body.length, signal)
    const path = { sessionId, blockNumber: String(number) }
    const stored = await this.#link.patiently(() =>
      client().call(routes.sessions.put, { path, body }, { signal }),
    )
    this.storedBytes += stored.storedBytes
  }

  addNode(bytes: Uint8Array): ChunkId {
    const { ports, keys } = this.#view
    const id = chunkIdOf(ports.cipher, keys, bytes)
    // The tree of the point before is known here, so what of it stays needs no question.
    const isThere = this.#session.reader.index.find(id, true) !== undefined && this.has(id)
    if (isThere || !this.#claimedNodes.add(id)) return id
    this.#nodes.ids.push(id)
    this.#nodes.chunks.push(bytes)
    this.#nodes.bytes += bytes.length
    return id
  }

  get nodesWaiting(): boolean {
    return this.#nodes.bytes >= treeBlockBytesTarget
  }

  async drainNodes(signal: AbortSignal): Promise<void> {
    const { ids, chunks } = this.#nodes
    if (ids.length === 0) return
    this.#nodes = { ids: [], chunks: [], bytes: 0 }
    let from = 0
    let bytes = 0
    for (const [i, chunk] of chunks.entries()) {
      bytes += chunk.length
      if (bytes < treeBlockBytesTarget && i + 1 < chunks.length) continue
      const run = { ids: ids.slice(from, i + 1), chunks: chunks.slice(from, i + 1) }
      const { ports, keys, config } = this.#view
      const request = { kind: 'tree', ...run, level: config.compressionLevel } as const
      await this.addBlock('tree', sealBlock(ports.cipher, keys, request), signal)
      from = i + 1
      bytes = 0
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.drainNodes(signal)
    await Promise.all(this.#underWay)
    this.#throwProblem()
  }

  /** The server reads what it has by itself, and notes what is damaged. */
  async recordDamage(): Promise<void> {}

  async commit(draft: PointDraft, signal: AbortSignal): Promise<KnownPoint> {
    await this.flush(signal)
    const { retainForMs: _, ...facts } = draft
    const point: Point = {
      ...facts,
      epoch: 0,
      entry: undefined,
      sequence: 0,
      previous: undefined,
      trustedAt: 0,
      retainUntil: undefined,
    }
    const { client, sessionId } = this.#link
    const body = encodePoint(point)
    const input = { path: { sessionId }, query: { blocks: this.#blocks }, body }
    const take = await this.#expectReceipt(body)
    const receipt = await this.#link.patiently(() =>
      client().call(routes.sessions.commit, input, { signal }),
    )
    await take(receipt)
    return knownFrom(point, receipt)
  }

  #throwProblem(): void {
    if (this.#problem !== undefined) throw this.#problem.error
  }
}

function knownFrom(draft: Point, receipt: Receipt): KnownPoint {
  const { pointId, sequence, previous, trustedAt, retainUntil } = receipt
  assert(sequence > 0, 'a point has its number in the vault')
  const point: Point = { ...draft, sequence, previous, trustedAt, retainUntil }
  return { id: pointId, point, state: pointState(point, undefined) }
}

function prefixText(bytes: Uint8Array, at: number): string {
  return utf8.decode(bytes.subarray(at, at + 16))
}
