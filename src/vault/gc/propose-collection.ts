/** What a collection would do, as a value: which packs are dead, which are worth rewriting. */
import type { ChunkIndex, PackFacts } from '../chunk-index.ts'
import type { LiveSet } from './mark-live.ts'

export type CollectionProposal = {
  /** No chunk of theirs is needed. In quarantine they come to this when a backup has stored again what they held. */
  readonly dead: readonly PackFacts[]
  /** Partly dead: what lives is copied, then the pack is dead. */
  readonly repack: readonly PackFacts[]
  /** An estimate: sealed bytes are spread evenly over the chunks of a block. */
  readonly freedBytes: number
  readonly keptBytes: number
}

export type CollectionRules = {
  /** Packs with at least this share of dead bytes are rewritten; 1 rewrites none. */
  readonly deadShareMin: number
  /** Packs that a session relies on are left alone. */
  readonly pinned: ReadonlySet<number>
}

export function proposeCollection(
  index: ChunkIndex,
  live: LiveSet,
  rules: CollectionRules,
): CollectionProposal {
  const dead: PackFacts[] = []
  const repack: PackFacts[] = []
  let freedBytes = 0
  let keptBytes = 0
  for (const pack of index.packs) {
    const state = index.stateOf(pack)
    if ((state !== 'live' && state !== 'quarantined') || rules.pinned.has(pack.number)) continue
    const { liveChunks, deadBytes } = weigh(index, live, pack)
    if (liveChunks === 0) {
      dead.push(pack)
      freedBytes += pack.bytes
    } else if (state === 'live' && deadBytes > 0 && deadBytes >= pack.bytes * rules.deadShareMin) {
      repack.push(pack)
      freedBytes += deadBytes
      keptBytes += pack.bytes - deadBytes
    } else keptBytes += pack.bytes
  }
  return { dead, repack, freedBytes: Math.floor(freedBytes), keptBytes: Math.floor(keptBytes) }
}

function weigh(
  index: ChunkIndex,
  live: LiveSet,
  pack: PackFacts,
): { readonly liveChunks: number; readonly deadBytes: number } {
  let liveChunks = 0
  let deadBytes = 0
  for (let block = pack.firstBlock; block < pack.firstBlock + pack.blockCount; block++) {
    const { count } = index.entriesOf(block)
    const alive = live.countIn(block)
    liveChunks += alive
    if (count > 0) deadBytes += (index.block(block).storedBytes * (count - alive)) / count
  }
  return { liveChunks, deadBytes }
}
