/**
 * One cycle of garbage collection (reliability 6.3): mark from all living points and pins, condemn what is dead, copy what
 * lives out of partly dead packs, and sweep what was condemned, by this cycle or an earlier one, as far as nothing stands
 * against it. Safe at any moment of death: what was condemned is in the ledger, and the next cycle goes on.
 */
import type { ObjectName } from '#engine'
import type { BlockRecoder } from '#ports'
import type { ChunkIndex, PackFacts } from '../chunk-index.ts'
import { ChunkReader } from '../chunk-reader.ts'
import {
  adoptOrphans,
  applyLedger,
  compareWithStore,
  type LoadedIndex,
  readOrphans,
  secureIndex,
} from '../load-index.ts'
import { assertOwnerLacksNothing } from '../lost-entries.ts'
import type { Ownership } from '../ownership.ts'
import { Session } from '../session.ts'
import { type LiveSet, markLive } from './mark-live.ts'
import { type CollectionProposal, proposeCollection } from './propose-collection.ts'
import { copyLiving } from './repack.ts'
import { type Roots, readRoots, takeRoots } from './roots.ts'
import { removeSpentRecords, type SweepOutcome, sweep } from './sweep.ts'

export type CollectionRequest = {
  /** Trusted time that a condemned pack waits, beside everything else that protects it. */
  readonly graceMs: number
  readonly deadShareMin: number
  /** Who copies blocks; undefined: this thread. */
  readonly recoder?: BlockRecoder | undefined
  /** Whether packs may be deleted now; false while somebody reads. */
  readonly maySweep: boolean
  readonly onStage: (stage: 'mark' | 'copy' | 'sweep') => void
}

export type CollectionOutcome = {
  readonly proposal: CollectionProposal
  readonly swept: SweepOutcome
  readonly removedRecords: number
}

/** What a collection would do now. Changes nothing. */
export async function previewCollection(
  ownership: Ownership,
  loaded: LoadedIndex,
  request: CollectionRequest,
  signal: AbortSignal,
): Promise<CollectionProposal> {
  const { live, pinned } = await firstMark(ownership, loaded.index, takeRoots(ownership), signal)
  return proposeCollection(loaded.index, live, rulesOf(ownership, request, pinned))
}

export async function collect(
  ownership: Ownership,
  loaded: LoadedIndex,
  request: CollectionRequest,
  signal: AbortSignal,
): Promise<CollectionOutcome> {
  const { index } = loaded
  await assertOwnerLacksNothing(ownership, signal)
  request.onStage('mark')
  const roots = takeRoots(ownership)
  await prepareIndex(ownership, loaded, signal)
  const { live, pinned } = await firstMark(ownership, index, roots, signal)
  const proposal = proposeCollection(index, live, rulesOf(ownership, request, pinned))
  await condemn(ownership, index, { packs: proposal.dead, reason: 'dead' }, signal)
  request.onStage('copy')
  await repack(ownership, index, { packs: proposal.repack, live, recoder: request.recoder }, signal)
  request.onStage('sweep')
  const swept = request.maySweep
    ? await sweep(ownership, loaded, request.graceMs, signal)
    : { deleted: 0, deletedBytes: 0, resurrected: 0, waiting: waitingForReaders(ownership) }
  const removedRecords = await removeSpentRecords(ownership, signal)
  return { proposal, swept, removedRecords }
}

/** Every pack of the store is known: those that no segment names are adopted, condemned ones only in memory. */
async function prepareIndex(
  ownership: Ownership,
  loaded: LoadedIndex,
  signal: AbortSignal,
): Promise<void> {
  const { vault } = ownership
  const orphans = await compareWithStore(vault, loaded.index, signal)
  await secureIndex(vault, { segments: loaded.segments, orphans }, signal)
  const isCondemned = (name: ObjectName) => ownership.state.condemned.has(name)
  const leaving = orphans.filter(({ name }) => isCondemned(name))
  for (const pack of (await readOrphans(vault, leaving, signal)).packs) loaded.index.addPack(pack)
  const adoptable = orphans.filter(({ name }) => !isCondemned(name))
  await adoptOrphans(vault, { ...loaded, orphans: adoptable }, signal)
  applyLedger(loaded.index, ownership.state)
}

async function firstMark(
  ownership: Ownership,
  index: ChunkIndex,
  roots: Roots,
  signal: AbortSignal,
): Promise<{ readonly live: LiveSet; readonly pinned: ReadonlySet<number> }> {
  const { vault } = ownership
  const points = await readRoots(vault, roots, signal)
  const live = await markLive(new ChunkReader(vault, index), points, signal)
  // What sessions pinned while we marked counts as well, and what those pinned that have ended meanwhile.
  const sessions = [...roots.sessions.union(ownership.sessions)]
  const pinned = index.packs.filter(({ name }) => sessions.some((open) => open.reliesOn(name)))
  return { live, pinned: new Set(pinned.map(({ number }) => number)) }
}

/** From this entry on the packs are not offered for deduplication. */
async function condemn(
  ownership: Ownership,
  index: ChunkIndex,
  request: { readonly packs: readonly PackFacts[]; readonly reason: 'dead' | 'repacked' },
  signal: AbortSignal,
): Promise<void> {
  if (request.packs.length === 0) return
  // First in memory, so that no session finds them while the entry is being written; then for good.
  const entry = ownership.state.number + 1
  for (const pack of request.packs) index.condemn(pack, entry)
  await ownership.append(
    { kind: 'condemn', packs: request.packs.map(({ name }) => name), reason: request.reason },
    signal,
  )
}

async function repack(
  ownership: Ownership,
  index: ChunkIndex,
  request: {
    readonly packs: readonly PackFacts[]
    readonly live: LiveSet
    readonly recoder: BlockRecoder | undefined
  },
  signal: AbortSignal,
): Promise<void> {
  if (request.packs.length === 0) return
  await using session = new Session(ownership, index)
  await copyLiving(session, request, signal)
  await condemn(ownership, index, { packs: request.packs, reason: 'repacked' }, signal)
}

/** In a locked vault nothing is rewritten: the store would refuse to let the old pack go. */
function rulesOf(ownership: Ownership, request: CollectionRequest, pinned: ReadonlySet<number>) {
  return { deadShareMin: ownership.state.lock === 'off' ? request.deadShareMin : 1.01, pinned }
}

function waitingForReaders(ownership: Ownership): SweepOutcome['waiting'] {
  return [...ownership.state.condemned.keys()].map((pack) => ({
    pack,
    why: 'somebody reads the vault',
  }))
}
