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
}

const blocksAtOnce = 4
/** A request for more is refused: nobody needs so many at once. */
export const blocksPerFetchMax = 256

/** Blocks of a vault for a guest. */
export class ReleasedBlocks {
  readonly #tools: ReleaseTools
  readonly #own: Pick<OwnChunks, 'has'>
  readonly #keys: VaultKeys

  /** @param own what the guest may see */
  constructor(tools: ReleaseTools, own: Pick<OwnChunks, 'has'>) {
    this.#tools = tools
    this.#own = own
    const { ports, keys } = tools.reader.vault
    this.#keys = deriveSessionKeys(ports.cipher, keys, tools.secrets)
  }

  /** @throws session.refused for blocks that hold nothing of the guest's; object.missing, object.damaged */
  async fetch(
    request: { readonly object: BlockRequest['object']; readonly offsets: readonly number[] },
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const { reader } = this.#tools
    const { index } = reader
    const pack = index.pack(request.object)
    if (pack === undefined || request.offsets.length > blocksPerFetchMax) throw refused()
    const wanted = request.offsets.map((offset) => this.#shownAt(pack, offset))
    const blocks = wanted.map(({ offset, length }) => ({ offset, length }))
    const fetched = await reader.blocks.fetch({ object: pack.name, blocks }, signal)
    const answers: Uint8Array[] = []
    await forEachLimited([...wanted.entries()], blocksAtOnce, async ([i, { block, show }]) => {
      const sealed = fetched.sealed[i]
      assert(sealed !== undefined, 'a source answers for every block')
      const { kind } = index.block(block)
      const change = { from: reader.vault.keys, to: this.#keys }
      // Many blocks may share a buffer, and each goes to a thread by itself.
      const own = wanted.length === 1 ? sealed : sealed.slice()
      const outgoing = { kind, sealed: own, show, object: pack.name }
      answers[i] = await this.#tools.exchange.release(change, outgoing, signal)
    })
    return answers
  }

  #shownAt(pack: PackFacts, offset: number) {
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
 * Where the chunks of `own` lie, in the form of an index segment: packs and blocks as they are; a chunk of somebody else's has
 * a prefix of chance, so that others keep their numbers, and blocks without any of the guest's have no chunks.
 * @param kinds only of these blocks
 */
export function describePlaces(
  reader: ChunkReader,
  own: Pick<OwnChunks, 'has'>,
  kinds: readonly IndexedBlock['kind'][],
): Uint8Array {
  const { index } = reader
  const packs: IndexedPack[] = []
  for (const facts of index.packs) {
    const state = index.stateOf(facts)
    if (state === 'missing') continue
    const pack = index.describePack(facts)
    let isWanted = false
    const blocks = pack.blocks.map((block): IndexedBlock => {
      const prefixes = kinds.includes(block.kind) ? shownPrefixes(reader, own, block) : undefined
      if (prefixes !== undefined) isWanted = true
      return { ...block, prefixes: prefixes ?? new Uint8Array() }
    })
    if (isWanted) packs.push({ ...pack, blocks })
  }
  return encodeIndexSegment({ supersedes: [], packs })
}

function shownPrefixes(
  reader: ChunkReader,
  own: Pick<OwnChunks, 'has'>,
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

/** What a guest may see of one point. @throws object.damaged, chunk.missing */
export async function ownOfPoint(
  reader: ChunkReader,
  point: Pick<Point, 'tree' | 'failureLists'>,
  signal: AbortSignal,
): Promise<OwnChunks> {
  const own = new OwnChunks(reader.vault.ports.cipher)
  await ownPoint({ reader, own, visit: () => {} }, point, signal)
  return own
}

function refused(): Error {
  return failure('session.refused', {
    problem: 'it asks for a block that holds nothing of its point',
  })
}
