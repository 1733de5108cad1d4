/**
 * What a guest may see of a vault: where the chunks of one of its points lie, and their blocks, sealed for the session.
 * Chunks of others that share a block with its own are left empty.
 */
import { assert, failure, forEachLimited } from '#base'
import {
  deriveSessionKeys,
  encodeIndexSegment,
  type IndexedBlock,
  type IndexedPack,
  idPrefixBytes,
  type Point,
  releaseWhole,
  type SessionSecrets,
  type VaultKeys,
} from '#engine'
import type { BlockExchange } from '#ports'
import type { BlockRequest } from '../block-source.ts'
import type { ChunkIndex, PackFacts } from '../chunk-index.ts'
import type { ChunkReader } from '../chunk-reader.ts'
import { OwnChunks, ownPoint } from './own-chunks.ts'

export type ReleaseTools = {
  readonly reader: ChunkReader
  readonly exchange: BlockExchange
  readonly secrets: SessionSecrets
  readonly limits: FetchLimits
}

/** What the guest may see, by the first 16 bytes of an id. */
type Seen = { has(ids: Uint8Array, at?: number): boolean }

const blocksAtOnce = 4
const gapBytesMax = 256 * 1024
/** What one request may ask for; it is all in memory at once. */
export type FetchLimits = {
  readonly blocksMax: number
  /** Of blocks as they are stored; a single one may be longer. */
  readonly bytesMax: number
}

/** In pieces, so that what is stored is sent as it was read. */
export type ReleasedBlock = readonly Uint8Array[]

type Shown = {
  /** Its number in the index. */
  readonly block: number
  readonly offset: number
  readonly length: number
  /** Undefined: all of its chunks. */
  readonly show: readonly number[] | undefined
}

/** Blocks of a vault for a guest. */
export class ReleasedBlocks {
  readonly #tools: ReleaseTools
  readonly #own: Seen
  readonly #keys: VaultKeys

  /** @param own what the guest may see */
  constructor(tools: ReleaseTools, own: Seen) {
    this.#tools = tools
    this.#own = own
    const { ports, keys } = tools.reader.vault
    this.#keys = deriveSessionKeys(ports.cipher, keys, tools.secrets)
  }

  /** @throws session.refused for blocks that hold nothing of the guest's; object.missing, object.damaged */
  async fetch(
    request: { readonly object: BlockRequest['object']; readonly offsets: readonly number[] },
    signal: AbortSignal,
  ): Promise<readonly ReleasedBlock[]> {
    const { reader } = this.#tools
    const pack = reader.index.pack(request.object)
    if (pack === undefined) throw refused()
    const wanted = request.offsets.map((offset) => this.#shownAt(pack, offset))
    this.#assertModest(wanted)
    const answers: ReleasedBlock[] = []
    for (const run of runsOf(wanted)) {
      const blocks = run.map(({ offset, length }) => ({ offset, length }))
      const fetched = await reader.blocks.fetch({ object: pack.name, blocks }, signal)
      const from = answers.length
      await forEachLimited([...run.entries()], blocksAtOnce, async ([i, shown]) => {
        const sealed = fetched.sealed[i]
        assert(sealed !== undefined, 'a source answers for every block')
        answers[from + i] = await this.#release(shown, sealed, signal)
      })
    }
    return answers
  }

  async #release({ block, show }: Shown, sealed: Uint8Array, signal: AbortSignal) {
    const { reader, exchange } = this.#tools
    const { keys, ports } = reader.vault
    const { kind, pack } = reader.index.block(block)
    const object = pack.name
    if (show === undefined) return releaseWhole(ports.cipher, keys, { kind, sealed, object })
    // Many blocks may share a buffer, and each goes to a thread by itself.
    const own = { kind, sealed: sealed.slice(), show, object }
    return [await exchange.release({ from: keys, to: this.#keys }, own, signal)]
  }

  #assertModest(wanted: readonly Shown[]): void {
    const { blocksMax, bytesMax } = this.#tools.limits
    const bytes = wanted.reduce((sum, { length }) => sum + length, 0)
    if (wanted.length > blocksMax || (wanted.length > 1 && bytes > bytesMax))
      throw failure('session.refused', { problem: 'it asks for too many blocks at once' })
    if (wanted.some(({ offset }, i) => offset <= (wanted[i - 1]?.offset ?? -1)))
      throw failure('session.refused', { problem: 'it asks for blocks out of their order' })
  }

  #shownAt(pack: PackFacts, offset: number): Shown {
    const { index } = this.#tools.reader
    const block = findBlock(index, pack, offset)
    if (block === undefined) throw refused()
    const { first, count } = index.entriesOf(block)
    const show: number[] = []
    for (let ordinal = 0; ordinal < count; ordinal++)
      if (this.#own.has(index.prefixOf(first + ordinal))) show.push(ordinal)
    if (show.length === 0) throw refused()
    const { storedBytes: length } = index.block(block)
    return { block, offset, length, show: show.length === count ? undefined : show }
  }
}

/** What lies close together is read at once, with what is in between. */
function runsOf(wanted: readonly Shown[]): readonly (readonly Shown[])[] {
  const runs: Shown[][] = []
  let end = 0
  for (const one of wanted) {
    const run = runs.at(-1)
    if (run !== undefined && one.offset - end <= gapBytesMax) run.push(one)
    else runs.push([one])
    end = one.offset + one.length
  }
  return runs
}

/** Blocks of a pack lie in order of their offsets. */
function findBlock(index: ChunkIndex, pack: PackFacts, offset: number): number | undefined {
  let low = pack.firstBlock
  let high = pack.firstBlock + pack.blockCount - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const at = index.block(middle).offset
    if (at === offset) return middle
    if (at < offset) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/**
 * Where the chunks of `own` lie, in the form of an index segment: packs that hold any, and their blocks. A chunk of somebody
 * else's has a prefix of chance, so that others keep their numbers; blocks without any of the guest's are told as
 * one gap, since their sizes are nobody's business.
 */
export async function describePlaces(
  reader: ChunkReader,
  own: Seen,
  { kinds, pause }: PlacesRequest,
): Promise<Uint8Array> {
  const { index } = reader
  const packs: IndexedPack[] = []
  for (const [i, facts] of index.packs.entries()) {
    if (i % packsPerTurn === 0) await pause()
    if (index.stateOf(facts) === 'missing') continue
    const { id, bytes, blocks } = index.describePack(facts)
    const shown = showBlocks(blocks, (block) =>
      kinds.includes(block.kind) ? shownPrefixes(reader, own, block) : undefined,
    )
    if (shown.some(({ prefixes }) => prefixes.length > 0)) packs.push({ id, bytes, blocks: shown })
  }
  return encodeIndexSegment({ supersedes: [], packs })
}

export type PlacesRequest = {
  /** Only of these blocks. */
  readonly kinds: readonly IndexedBlock['kind'][]
  /** An index may be of millions of chunks: others have their turn in between. */
  readonly pause: () => Promise<void>
}

const packsPerTurn = 16

function showBlocks(
  blocks: readonly IndexedBlock[],
  prefixesOf: (block: IndexedBlock) => Uint8Array | undefined,
): readonly IndexedBlock[] {
  const shown: IndexedBlock[] = []
  const nothing = new Uint8Array()
  for (const block of blocks) {
    const prefixes = prefixesOf(block)
    const last = shown.at(-1)
    if (prefixes !== undefined) shown.push({ ...block, prefixes })
    else if (last === undefined || last.prefixes.length > 0)
      shown.push({ kind: 'data', storedBytes: block.storedBytes, rawBytes: 0, prefixes: nothing })
    else shown[shown.length - 1] = { ...last, storedBytes: last.storedBytes + block.storedBytes }
  }
  return shown
}

function shownPrefixes(
  reader: ChunkReader,
  own: Seen,
  { prefixes }: IndexedBlock,
): Uint8Array | undefined {
  const hidden: number[] = []
  for (let at = 0; at < prefixes.length; at += idPrefixBytes)
    if (!own.has(prefixes, at)) hidden.push(at)
  if (hidden.length === 0) return prefixes
  if (hidden.length * idPrefixBytes === prefixes.length) return undefined
  const shown = prefixes.slice()
  for (const at of hidden) shown.set(reader.vault.ports.cipher.random(idPrefixBytes), at)
  return shown
}

/** What a guest may see of one point. */
export async function ownOfPoint(
  reader: ChunkReader,
  point: Pick<Point, 'tree' | 'failureLists'>,
  signal: AbortSignal,
): Promise<OwnChunks> {
  const own = new OwnChunks(reader.vault.ports.cipher)
  // What is damaged the restore meets by itself, and says which files it is.
  await ownPoint({ reader, own, visit: () => {} }, point, signal)
  return own
}

function refused(): Error {
  return failure('session.refused', {
    problem: 'it asks for a block that holds nothing of its point',
  })
}
