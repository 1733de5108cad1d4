/**
 * The index of a vault as far as it can be known: damaged segments are named and left out, and packs that no segment knows
 * are read themselves, by footer or block by block. For verify, for repair, and for reading a vault that cannot be repaired
 * because it cannot be written. Changes nothing.
 */
import { type Failure, isFailure } from '#base'
import { type IndexedPack, idPrefixBytes, type LedgerState, type ObjectName } from '#engine'
import type { ObjectEntry } from '#ports'
import { ChunkIndex } from './chunk-index.ts'
import { applyLedger, compareWithStore, readFooter, toIndexedPack } from './load-index.ts'
import { isDamage, packId, readSegments, type SegmentList, type Vault } from './vault.ts'
import { type WalkedBlock, walkPack } from './walk-pack.ts'

export type InspectedIndex = {
  readonly index: ChunkIndex
  readonly segments: readonly ObjectName[]
  readonly damagedSegments: SegmentList['damaged']
  /** Packs that no readable segment names; those that can be read at all are in `index`. */
  readonly unindexed: readonly UnindexedPack[]
}

export type UnindexedPack = ObjectEntry & {
  /** Undefined when nothing in it can be read. */
  readonly pack: IndexedPack | undefined
  /** Why its own footer does not do. */
  readonly problem: Failure | undefined
}

export async function inspectIndex(
  vault: Vault,
  state: LedgerState,
  signal: AbortSignal,
): Promise<InspectedIndex> {
  const { segments, damaged } = await readSegments(vault, signal)
  const index = new ChunkIndex()
  for (const { segment } of segments) for (const pack of segment.packs) index.addPack(pack)
  const orphans = await compareWithStore(vault, index, signal)
  const unindexed: UnindexedPack[] = []
  for (const orphan of orphans) {
    const found = await describeOrphan(vault, orphan, signal)
    unindexed.push(found)
    if (found.pack === undefined) continue
    const facts = index.addPack(found.pack)
    if (found.problem !== undefined) index.setState(facts, 'quarantined')
  }
  applyLedger(index, state)
  return { index, segments: segments.map(({ name }) => name), damagedSegments: damaged, unindexed }
}

async function describeOrphan(
  vault: Vault,
  orphan: ObjectEntry,
  signal: AbortSignal,
): Promise<UnindexedPack> {
  try {
    const pack = toIndexedPack(orphan, await readFooter(vault, orphan, signal))
    return { ...orphan, pack, problem: undefined }
  } catch (problem) {
    if (!describesObject(problem)) throw problem
    return { ...orphan, pack: await describeByBlocks(vault, orphan, signal), problem }
  }
}

/** The pack as a segment describes it, made from its blocks; undefined when none can be read. */
export async function describeByBlocks(
  vault: Vault,
  pack: ObjectEntry,
  signal: AbortSignal,
): Promise<IndexedPack | undefined> {
  try {
    const blocks = await walkPack(vault, pack, signal)
    const readable = blocks.some(({ kind }) => kind !== 'unreadable')
    if (!readable) return undefined
    return { id: packId(pack.name), bytes: pack.bytes, blocks: blocks.map(toIndexedBlock) }
  } catch (problem) {
    if (isDamage(problem)) return undefined
    throw problem
  }
}

/** What is unreadable keeps its place as a block that holds nothing, since blocks stand back to back. */
function toIndexedBlock(block: WalkedBlock): IndexedPack['blocks'][number] {
  const { storedBytes } = block
  if (block.kind === 'unreadable')
    return { kind: 'data', storedBytes, rawBytes: 0, prefixes: new Uint8Array(0) }
  const prefixes = new Uint8Array(block.ids.length * idPrefixBytes)
  for (const [i, id] of block.ids.entries())
    prefixes.set(id.subarray(0, idPrefixBytes), i * idPrefixBytes)
  const rawBytes = block.lengths.reduce((sum, length) => sum + length, 0)
  return { kind: block.kind, storedBytes, rawBytes, prefixes }
}

/** A turned bit in the version of an envelope reads as another format. */
function describesObject(problem: unknown): problem is Failure {
  return isDamage(problem) || isFailure(problem, 'vault.format-unknown')
}
