/** What a vault holds, as numbers: from the index and the points, without reading any content. */
import type { KnownPoint } from '#engine'
import type { ChunkIndex } from '#vault'

export type VaultStats = {
  readonly points: number
  readonly packs: number
  /** Packs that the index names and that cannot be relied on: condemned, missing or quarantined. */
  readonly packsOffside: number
  /** Bytes of all packs that are there, as stored. */
  readonly storedBytes: number
  /** Places of chunks; one that lies in two packs counts twice. */
  readonly chunks: number
  readonly dataBlocks: number
  readonly treeBlocks: number
  /** Content and metadata before compression, each chunk once per place. */
  readonly dataBytes: number
  readonly treeBytes: number
  /** What the points protect, each point counted in full. */
  readonly protectedBytes: number
  /** `protectedBytes` per byte stored; undefined in an empty vault. */
  readonly savingRatio: number | undefined
  /** What deduplication alone gives: `protectedBytes` per byte of content kept. */
  readonly deduplicationRatio: number | undefined
  /** What compression alone gives. */
  readonly compressionRatio: number | undefined
  readonly perPoint: readonly {
    readonly id: string
    readonly sourceBytes: number
    readonly newBytes: number
    readonly storedBytes: number
  }[]
}

export function statsOf(index: ChunkIndex, points: readonly KnownPoint[]): VaultStats {
  const sums = { storedBytes: 0, dataBlocks: 0, treeBlocks: 0, dataBytes: 0, treeBytes: 0 }
  let packs = 0
  let chunks = 0
  for (const pack of index.packs) {
    const state = index.stateOf(pack)
    if (state === 'missing') continue
    packs++
    sums.storedBytes += pack.bytes
    for (let i = 0; i < pack.blockCount; i++) {
      const number = pack.firstBlock + i
      const block = index.block(number)
      chunks += index.entriesOf(number).count
      const isTree = block.kind === 'tree'
      sums[isTree ? 'treeBlocks' : 'dataBlocks']++
      sums[isTree ? 'treeBytes' : 'dataBytes'] += block.rawBytes
    }
  }
  const protectedBytes = points.reduce((sum, { point }) => sum + point.summary.sourceBytes, 0)
  const contentBytes = sums.dataBytes + sums.treeBytes
  return {
    points: points.length,
    packs,
    packsOffside: index.packs.filter((pack) => index.stateOf(pack) !== 'live').length,
    chunks,
    ...sums,
    protectedBytes,
    savingRatio: ratio(protectedBytes, sums.storedBytes),
    deduplicationRatio: ratio(protectedBytes, contentBytes),
    compressionRatio: ratio(contentBytes, sums.storedBytes),
    perPoint: points.map(({ id, point }) => ({
      id,
      sourceBytes: point.summary.sourceBytes,
      newBytes: point.summary.newBytes,
      storedBytes: point.summary.storedBytes,
    })),
  }
}

function ratio(whole: number, part: number): number | undefined {
  return part === 0 ? undefined : whole / part
}
