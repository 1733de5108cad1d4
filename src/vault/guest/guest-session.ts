/**
 * A session for a machine that holds none of the vault's sealing keys (decision 6): a guest. What it sends is believed
 * only after every chunk was hashed against its id; what it may learn and rely on is its own: the point before it, and what
 * it sent. One session for one job; whatever it refuses ends it, since a guest that is in order sends nothing wrong.
 */
import { assert, checkAborted, failure, isFailure } from '#base'
import {
  type BlockKind,
  type ChunkId,
  deriveSessionKeys,
  idPrefixBytes,
  type KnownPoint,
  type ObjectName,
  type SessionSecrets,
  type VaultKeys,
} from '#engine'
import type { BlockExchange, PointDraft } from '#ports'
import { ChunkReader } from '../chunk-reader.ts'
import type { Session } from '../session.ts'
import type { Vault } from '../vault.ts'
import { checkTree } from './check-tree.ts'
import { ChunkSet } from './chunk-set.ts'
import { OwnChunks, ownPoint } from './own-chunks.ts'

export type SentBlock = {
  readonly kind: BlockKind
  /** Counts up from 0 in the session. */
  readonly number: number
  readonly ids: readonly ChunkId[]
  readonly lengths: readonly number[]
  /** By the session's keys. */
  readonly sealed: Uint8Array
}

export type StoredBlock = {
  readonly newChunks: number
  readonly storedBytes: number
  /** It was there already: this number was sent before. */
  readonly repeated: boolean
}

export type GuestRequest = {
  readonly secrets: SessionSecrets
  readonly exchange: BlockExchange
  /** The point before; of this very guest. */
  readonly parent: KnownPoint | undefined
  /** Packs that an earlier attempt of the same job made: what they hold is not sent twice. */
  readonly earlierPacks: readonly ObjectName[]
  /** Answers for content of all guests, not only of this one: saves network and tells what others have. */
  readonly sharesAll: boolean
}

export class GuestSession implements AsyncDisposable {
  readonly keys: VaultKeys
  readonly reader: ChunkReader
  readonly own: OwnChunks
  /** Prefixes of chunks that the parent names and the vault lacks. */
  readonly lost: Uint8Array[] = []
  readonly #session: Session
  readonly #vault: Vault
  readonly #request: GuestRequest
  readonly #sent: ChunkSet
  readonly #blocks = new Map<number, Promise<StoredBlock>>()
  #problem: { readonly error: unknown } | undefined
  #ready: Promise<void> | undefined
  #committing: Promise<KnownPoint> | undefined

  constructor(session: Session, request: GuestRequest) {
    this.#session = session
    this.#request = request
    this.#vault = session.ownership.vault
    const { cipher } = this.#vault.ports
    this.keys = deriveSessionKeys(cipher, this.#vault.keys, request.secrets)
    this.reader = new ChunkReader(this.#vault, session.index)
    this.own = new OwnChunks(cipher)
    this.#sent = new ChunkSet(cipher)
  }

  /** The point before, as far as the guest may build on it. */
  get parent(): KnownPoint | undefined {
    return this.#request.parent
  }

  /** Nothing of the guest's is in the vault: it need not ask before it sends. */
  get isEmpty(): boolean {
    const { parent, earlierPacks, sharesAll } = this.#request
    return parent === undefined && earlierPacks.length === 0 && !sharesAll
  }

  get isCommitted(): boolean {
    return this.#session.state === 'committed'
  }

  get newBytes(): number {
    return this.#session.newBytes
  }

  get storedBytes(): number {
    return this.#session.storedBytes
  }

  /** Packs that it made, for an attempt after this one. */
  get ownPacks(): Session['ownPacks'] {
    return this.#session.ownPacks
  }

  /** Finds what is the guest's own; asked for again, it is the same promise. */
  prepare(signal: AbortSignal): Promise<void> {
    this.#ready ??= this.#prepare(signal)
    return this.#ready
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    const session = this.#session
    this.#ownEarlierPacks()
    const { parent } = this.#request
    if (parent === undefined) return
    if (!session.pinPoint(parent.id)) throw failure('point.not-found', { point: parent.id })
    const visit = (ids: Uint8Array, at: number): void => {
      if (!session.has(ids, at)) this.lost.push(ids.slice(at, at + idPrefixBytes))
    }
    await ownPoint({ reader: this.reader, own: this.own, visit }, parent.point, signal)
  }

  #ownEarlierPacks(): void {
    const { index } = this.#session
    for (const name of this.#request.earlierPacks) {
      const pack = index.pack(name)
      if (pack === undefined) continue
      const end = pack.firstBlock + pack.blockCount
      for (let block = pack.firstBlock; block < end; block++) {
        const { first, count } = index.entriesOf(block)
        for (let entry = first; entry < first + count; entry++)
          this.#sent.add(index.prefixOf(entry))
      }
    }
  }

  /** Which of these need not be sent; those are pinned. Of what is not the guest's own the answer is no. */
  async have(ids: readonly ChunkId[], signal: AbortSignal): Promise<readonly boolean[]> {
    await this.prepare(signal)
    this.#throwProblem()
    const { sharesAll } = this.#request
    return ids.map((id) => (sharesAll || this.#isOwn(id)) && this.#session.has(id))
  }

  #isOwn(id: ChunkId): boolean {
    return this.#sent.has(id) || this.own.has(id)
  }

  /**
   * Takes a block. Sent again, a block is answered and not stored again.
   * @throws session.refused; then the session takes nothing any more
   */
  async takeBlock(block: SentBlock, signal: AbortSignal): Promise<StoredBlock> {
    this.#throwProblem()
    assert(this.#committing === undefined, 'a session takes no block after its commit')
    const known = this.#blocks.get(block.number)
    if (known !== undefined) return { ...(await known), repeated: true }
    const stored = this.#store(block, signal)
    this.#blocks.set(block.number, stored)
    try {
      return await stored
    } catch (error) {
      // Chunks that it claimed are nowhere now: no point may be made of this session.
      this.#problem ??= { error: refusalOf(error) }
      throw this.#problem.error
    }
  }

  async #store(block: SentBlock, signal: AbortSignal): Promise<StoredBlock> {
    const { kind, ids, lengths, sealed } = block
    const keep = this.#session.claim(ids.map((id) => ({ id })))
    const change = { from: this.keys, to: this.#vault.keys }
    const level = this.#vault.config.compressionLevel
    const incoming = { kind, sealed, ids, lengths, keep, level }
    const admitted = await this.#request.exchange.admit(change, incoming, signal)
    if (admitted !== undefined) await this.#session.addBlock(kind, admitted, signal)
    for (const id of ids) this.#sent.add(id)
    return { newChunks: keep.length, storedBytes: admitted?.bytes.length ?? 0, repeated: false }
  }

  /** Makes what was taken so far durable, so that an attempt after this one finds it. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.#session.flush(signal)
  }

  /**
   * Makes the point, when its tree is of the guest's own. The same commit again gets the same answer.
   * @param draft of the tree and the summary as the guest says, of all else as the server says
   */
  async commit(
    draft: PointDraft,
    { blocks }: { readonly blocks: number },
    signal: AbortSignal,
  ): Promise<KnownPoint> {
    this.#committing ??= this.#commit(draft, blocks, signal)
    return await this.#committing
  }

  async #commit(draft: PointDraft, blocks: number, signal: AbortSignal): Promise<KnownPoint> {
    await this.prepare(signal)
    await Promise.all(this.#blocks.values())
    this.#throwProblem()
    if (blocks !== this.#blocks.size)
      throw failure('session.refused', {
        problem: `${blocks} blocks were said, ${this.#blocks.size} came`,
      })
    await this.#session.flush(signal)
    checkAborted(signal)
    try {
      await checkTree({ reader: this.reader, own: this.own, sent: this.#sent }, draft, signal)
    } catch (problem) {
      throw refusalOf(problem)
    }
    const { newBytes, storedBytes } = this.#session
    const summary = { ...draft.summary, newBytes, storedBytes }
    await this.#session.recordDamage(this.reader.damaged, signal)
    return await this.#session.commit({ ...draft, summary }, signal)
  }

  #throwProblem(): void {
    if (this.#problem !== undefined) throw this.#problem.error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#blocks.values())
    await this.#session[Symbol.asyncDispose]()
  }
}

/** What is wrong with what was sent, as opposed to trouble of the vault. */
function refusalOf(problem: unknown): unknown {
  const codes = [
    'object.damaged',
    'tree.malformed',
    'vault.format-unknown',
    'encode.mismatch',
  ] as const
  if (!codes.some((code) => isFailure(problem, code)) || !(problem instanceof Error)) return problem
  return failure('session.refused', { problem: problem.message }, problem)
}
