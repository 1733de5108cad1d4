/**
 * A session for a machine that holds none of the vault's sealing keys (decision 6): a guest. What it sends is believed
 * only after every chunk was hashed against its id; what it may learn and rely on is its own: the point before it, and what
 * it sent. One session for one job; whatever it refuses ends it, since a guest that is in order sends nothing wrong.
 */
import { checkAborted, failure, freeBytes, isFailure } from '#base'
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
import { checkTree, type TreeCheck } from './check-tree.ts'
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

/** As far as the guest may know: what others have counts as new to it (A04). */
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

/** A guest has few blocks under way; so far a number may be ahead of those that came. */
const aheadMax = 256
/** Answers are remembered for so many; who asks for an older one is told that it came. */
const answersKept = 256

type TakenBlock = { readonly stored: Promise<StoredBlock>; isDone: boolean }

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
  readonly #blocks = new Map<number, TakenBlock>()
  /** All blocks below this number were taken. */
  #takenUpTo = 0
  /** The point before was walked to its end, and nothing of it is damaged. */
  #isParentWhole = false
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

  /** The point before, when the guest may build on it: it is living and none of it is damaged. Known when prepared. */
  get parent(): KnownPoint | undefined {
    return this.#isParentWhole ? this.#request.parent : undefined
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
    // One that has expired meanwhile is nobody's to build on.
    if (parent === undefined || !session.pinPoint(parent.id)) return
    const visit = (ids: Uint8Array, at: number): void => {
      if (!session.has(ids, at)) this.lost.push(ids.slice(at, at + idPrefixBytes))
    }
    const { reader, own } = this
    const damage = await ownPoint({ reader, own, visit }, parent.point, signal)
    // A pack that was put aside may hold what was visited before: then all of it is asked for piece by piece.
    this.#isParentWhole = damage === undefined && reader.damaged.size === 0
  }

  #ownEarlierPacks(): void {
    const { index } = this.#session
    for (const name of this.#request.earlierPacks) {
      const pack = index.pack(name)
      if (pack === undefined || index.stateOf(pack) !== 'live') continue
      const end = pack.firstBlock + pack.blockCount
      for (let block = pack.firstBlock; block < end; block++) {
        const { first, count } = index.entriesOf(block)
        for (let entry = first; entry < first + count; entry++)
          this.#sent.add(index.prefixOf(entry))
      }
    }
  }

  /**
   * Which of these need not be sent as content; those are pinned. Of what is not the guest's own the answer is no, without
   * a look at whether others have it (A04).
   */
  async have(ids: readonly ChunkId[], signal: AbortSignal): Promise<readonly boolean[]> {
    await this.prepare(signal)
    this.#throwProblem()
    return ids.map((id) => (this.#request.sharesAll ? this.#isShared(id) : this.#isOwn(id)))
  }

  #isOwn(id: ChunkId): boolean {
    return (this.#sent.has(id) || this.own.content.has(id)) && this.#session.has(id)
  }

  /** Where all trust each other, whoever knows an id may use it. */
  #isShared(id: ChunkId): boolean {
    if (!this.#session.has(id)) return false
    this.#sent.add(id)
    return true
  }

  /**
   * Takes a block. Sent again, a block is answered and not stored again.
   * @throws session.refused; then the session takes nothing any more
   */
  async takeBlock(block: SentBlock, signal: AbortSignal): Promise<StoredBlock> {
    this.#throwProblem()
    const { number } = block
    const known = this.#blocks.get(number)
    if (known !== undefined) return { ...(await known.stored), repeated: true }
    if (number < this.#takenUpTo) return { newChunks: 0, storedBytes: 0, repeated: true }
    if (this.#committing !== undefined) throw refused('a block came after the commit')
    if (this.#session.state !== 'open') throw failure('job.aborted')
    try {
      if (number >= this.#takenUpTo + aheadMax) throw refused('a block is far ahead of the others')
      const taken = { stored: this.#store(block, signal), isDone: false }
      this.#blocks.set(number, taken)
      const stored = await taken.stored
      taken.isDone = true
      this.#forgetAnswers()
      return stored
    } catch (error) {
      // Chunks that it claimed are nowhere now: no point may be made of this session.
      this.#problem ??= { error: refusalOf(error) }
      throw this.#problem.error
    }
  }

  #forgetAnswers(): void {
    while (this.#blocks.get(this.#takenUpTo)?.isDone === true) {
      this.#blocks.delete(this.#takenUpTo - answersKept)
      this.#takenUpTo++
    }
  }

  async #store(block: SentBlock, signal: AbortSignal): Promise<StoredBlock> {
    await this.prepare(signal)
    const { kind, ids, lengths, sealed } = block
    const newToGuest = ids.filter((id) => !this.#sent.has(id) && !this.own.has(id)).length
    const keep = this.#session.claim(ids.map((id) => ({ id })))
    const change = { from: this.keys, to: this.#vault.keys }
    const level = this.#vault.config.compressionLevel
    // The block itself is handed over.
    const sentBytes = sealed.length
    const incoming = { kind, sealed, ids, lengths, keep, level }
    const admitted = await this.#request.exchange.admit(change, incoming, signal)
    const keptBytes = admitted?.bytes.length ?? 0
    if (admitted !== undefined) {
      await this.#session.addBlock(kind, admitted, signal)
      freeBytes(admitted.bytes)
    }
    for (const id of ids) this.#sent.add(id)
    const repeated = false
    if (this.#request.sharesAll) return { newChunks: keep.length, storedBytes: keptBytes, repeated }
    return { newChunks: newToGuest, storedBytes: newToGuest > 0 ? sentBytes : 0, repeated }
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
    await Promise.allSettled([...this.#blocks.values()].map(({ stored }) => stored))
    this.#throwProblem()
    if (blocks !== this.#takenUpTo)
      throw refused(`${blocks} blocks were said, ${this.#takenUpTo} came`)
    await this.#session.flush(signal)
    checkAborted(signal)
    try {
      await checkTree(this.#treeCheck(), draft, signal)
    } catch (problem) {
      throw refusalOf(problem)
    }
    const { newBytes, storedBytes } = this.#session
    const summary = { ...draft.summary, newBytes, storedBytes }
    await this.#session.recordDamage(this.reader.damaged, signal)
    return await this.#session.commit({ ...draft, summary }, signal)
  }

  #treeCheck(): TreeCheck {
    return {
      reader: this.reader,
      own: this.own,
      isOwnWhole: this.#isParentWhole && this.lost.length === 0,
      sent: this.#sent,
      isHere: (ids, at) => this.#session.has(ids, at),
    }
  }

  #throwProblem(): void {
    if (this.#problem !== undefined) throw this.#problem.error
  }

  /** Resolves when nothing that it began is under way any more. */
  async settle(): Promise<void> {
    const blocks = [...this.#blocks.values()].map(({ stored }) => stored)
    await Promise.allSettled([...blocks, this.#committing])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settle()
    await this.#session[Symbol.asyncDispose]()
  }
}

function refused(problem: string): Error {
  return failure('session.refused', { problem })
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
