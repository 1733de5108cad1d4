/**
 * The sweep: the only place in the product that deletes packs (reliability 6.3, 6.5). What was condemned is marked a
 * second time against the points and pins of this moment; what is needed after all is resurrected; the rest is announced
 * in the ledger, leaves the index, and is deleted one by one, each decision re-made directly before the call.
 * Any doubt keeps the pack.
 */
import { assert, failure, toHex } from '#base'
import {
  type Condemned,
  type DeletionFacts,
  encodeIndexSegment,
  hashedName,
  idOf,
  type LedgerState,
  type ObjectName,
  type Point,
  proveDeletion,
} from '#engine'
import type { ChunkIndex, PackFacts } from '../chunk-index.ts'
import { ChunkReader } from '../chunk-reader.ts'
import { applyLedger, compareWithStore, type LoadedIndex } from '../load-index.ts'
import type { Ownership } from '../ownership.ts'
import {
  isDamage,
  listSegments,
  packId,
  putSealed,
  readPoint,
  readPoints,
  type Vault,
} from '../vault.ts'
import { markLive } from './mark-live.ts'

/** At most so much leaves a vault in a day without a second word (L15): a mistake shows before it hurts. */
const deletedShareMax = 0.05
const deletedBytesAlways = 50 * 1024 ** 3
const packsPerSweepMax = 4096

export type SweepOutcome = {
  readonly deleted: number
  readonly deletedBytes: number
  readonly resurrected: number
  /** Condemned packs that stay for now, and why. */
  readonly waiting: readonly { readonly pack: string; readonly why: string }[]
}

type Candidate = { readonly pack: PackFacts; readonly condemned: Condemned }

export async function sweep(
  ownership: Ownership,
  loaded: LoadedIndex,
  graceMs: number,
  signal: AbortSignal,
): Promise<SweepOutcome> {
  const { index } = loaded
  const waiting: { pack: string; why: string }[] = []
  const { needed, markDigest } = await secondMark(ownership, loaded, signal)
  const resurrected = [...needed].filter((name) => ownership.state.condemned.has(name))
  if (resurrected.length > 0) {
    await ownership.append({ kind: 'resurrect', packs: resurrected }, signal)
    applyLedger(index, ownership.state)
  }
  const candidates: Candidate[] = []
  let budget = deletionBudget(ownership.state, index)
  for (const [name, condemned] of ownership.state.condemned) {
    const pack = index.pack(name as ObjectName)
    if (pack === undefined) continue
    const obstacle =
      obstacleTo(ownership, { pack, condemned }, graceMs) ??
      (pack.bytes > budget ? 'speed-limit' : undefined)
    if (obstacle !== undefined || candidates.length >= packsPerSweepMax) {
      waiting.push({ pack: name, why: obstacle ?? 'next-run' })
      continue
    }
    budget -= pack.bytes
    candidates.push({ pack, condemned })
  }
  const deleted =
    candidates.length === 0
      ? []
      : await deleteAll(ownership, index, { candidates, markDigest, graceMs }, signal)
  const deletedBytes = deleted.reduce((sum, pack) => sum + pack.bytes, 0)
  return { deleted: deleted.length, deletedBytes, resurrected: resurrected.length, waiting }
}

/** Names of condemned packs that points or sessions of this moment need after all. */
async function secondMark(
  ownership: Ownership,
  loaded: LoadedIndex,
  signal: AbortSignal,
): Promise<{ readonly needed: ReadonlySet<string>; readonly markDigest: string }> {
  const { vault } = ownership
  const pinnedPoints = pinsOf(ownership)
  // That another copy exists is believed only of packs that the store lists at this moment.
  await compareWithStore(vault, loaded.index, signal)
  const { points, lost } = await readPoints(vault, ownership.state, signal)
  if (lost.length > 0)
    throw failure('gc.refused', { problem: `the record of point ${lost[0]?.id} cannot be read` })
  const roots = points.map(({ point }) => point)
  for (const id of pinnedPoints)
    if (!ownership.state.points.has(id)) roots.push(await readPoint(vault, id, signal))
  const reader = new ChunkReader(vault, loaded.index)
  const live = await markLive(reader, roots, signal)
  const needed = new Set<string>()
  for (const pack of loaded.index.packs) {
    if (loaded.index.stateOf(pack) !== 'condemned') continue
    for (let block = pack.firstBlock; block < pack.firstBlock + pack.blockCount; block++) {
      if (live.countIn(block) > 0) needed.add(pack.name)
    }
  }
  const ids = [...points.map(({ id }) => id), ...pinnedPoints].sort().join('\n')
  return { needed, markDigest: toHex(vault.ports.cipher.digest(new TextEncoder().encode(ids))) }
}

/** Why a condemned pack must stay; made of values at hand, so that nothing happens between answer and act. */
function obstacleTo(
  ownership: Ownership,
  { pack, condemned }: Candidate,
  graceMs: number,
): string | undefined {
  const now = ownership.state.condemned.get(pack.name)
  if (now === undefined || now.entry !== condemned.entry) return 'no longer condemned'
  for (const session of ownership.sessions) {
    if (session.pinnedPacks.has(pack.number)) return 'a session relies on it'
    if (session.openedAt <= condemned.entry) return 'an older session is still open'
  }
  if (ownership.trustedNow() < condemned.trustedAt + graceMs) return 'grace period'
  return undefined
}

async function deleteAll(
  ownership: Ownership,
  index: ChunkIndex,
  request: {
    readonly candidates: readonly Candidate[]
    readonly markDigest: string
    readonly graceMs: number
  },
  signal: AbortSignal,
): Promise<PackFacts[]> {
  const { vault } = ownership
  const deletions: DeletionFacts[] = request.candidates.map(({ pack, condemned }) => ({
    pack: pack.name,
    bytes: pack.bytes,
    condemnedBy: condemned.entry,
    markDigest: request.markDigest,
  }))
  const { number: entry } = await ownership.append({ kind: 'sweep', deletions }, signal)
  await leaveIndex(
    ownership,
    index,
    new Set(request.candidates.map(({ pack }) => pack.name)),
    signal,
  )
  const deleted: PackFacts[] = []
  for (const [i, candidate] of request.candidates.entries()) {
    const facts = deletions[i]
    assert(facts !== undefined, 'each candidate has its facts')
    await ownership.assertOwned(signal)
    // No await between this decision and the call: what it rests on cannot change in between.
    if (obstacleTo(ownership, candidate, request.graceMs) !== undefined) continue
    assert(index.stateOf(candidate.pack) === 'condemned', 'only a condemned pack is deleted')
    const gone = vault.ports.store.removePack(
      candidate.pack.name,
      proveDeletion({ ...facts, entry }),
      signal,
    )
    index.setState(candidate.pack, 'missing')
    await gone
    deleted.push(candidate.pack)
  }
  const bytes = deleted.reduce((sum, pack) => sum + pack.bytes, 0)
  await ownership.append({ kind: 'swept', packs: deleted.map(({ name }) => name), bytes }, signal)
  return deleted
}

/**
 * One segment that names what stays takes the place of all others, before anything is deleted: an index that still knew a
 * deleted pack would answer "have" for chunks that are gone (borg issue 9748).
 */
async function leaveIndex(
  ownership: Ownership,
  index: ChunkIndex,
  leaving: ReadonlySet<ObjectName>,
  signal: AbortSignal,
): Promise<void> {
  const { vault } = ownership
  const before = await listSegments(vault, signal)
  const there = await namesOfSegments(vault, signal)
  const packs = index.packs
    .filter((pack) => !leaving.has(pack.name) && index.stateOf(pack) !== 'missing')
    .map((pack) => index.describePack(pack))
  // Also what those had taken the place of, should it still be there: a damaged segment stays until it is removed.
  const old = new Set(before.map(({ name }) => name))
  for (const { segment } of before)
    for (const id of segment.supersedes)
      if (there.has(hashedName('index', id))) old.add(hashedName('index', id))
  const supersedes = [...old].map((name) => packId(name))
  await ownership.assertOwned(signal)
  const name = await putSealed(
    vault,
    { kind: 'index', plaintext: encodeIndexSegment({ supersedes, packs }) },
    signal,
  )
  for (const oldName of old)
    if (oldName !== name) await vault.ports.store.removeRecord(oldName, signal)
}

async function namesOfSegments(
  vault: Vault,
  signal: AbortSignal,
): Promise<ReadonlySet<ObjectName>> {
  const names = new Set<ObjectName>()
  for await (const { name } of vault.ports.store.list('index', signal)) names.add(name)
  return names
}

function deletionBudget(state: LedgerState, index: ChunkIndex): number {
  const total = index.packs.reduce(
    (sum, pack) => sum + (index.stateOf(pack) === 'missing' ? 0 : pack.bytes),
    0,
  )
  const recent = state.deletions.filter((d) => d.trustedAt > state.trustedAt - 24 * 3600 * 1000)
  return (
    Math.max(total * deletedShareMax, deletedBytesAlways) -
    recent.reduce((sum, d) => sum + d.bytes, 0)
  )
}

function pinsOf(ownership: Ownership): Set<string> {
  return new Set([...ownership.sessions].flatMap((session) => [...session.pinnedPoints]))
}

/** Segments and point records that nothing names any more. Packs are none of its business. */
export async function removeSpentRecords(
  ownership: Ownership,
  signal: AbortSignal,
): Promise<number> {
  const { vault, state } = ownership
  const pinned = pinsOf(ownership)
  let removed = 0
  const names: ObjectName[] = []
  for await (const { name } of vault.ports.store.list('point', signal)) names.push(name)
  for (const name of names) {
    const id = idOf(name)
    if (state.points.has(id) || ownership.state.points.has(id) || pinned.has(id)) continue
    // A point of our own epoch that the ledger does not name yet is being committed right now. One that cannot be read
    // could be anything, so it stays.
    const point = await readUnlessDamaged(vault, id, signal)
    if (point === undefined) continue
    if (point.epoch === state.epoch && point.sequence > state.sequence) continue
    await ownership.assertOwned(signal)
    await vault.ports.store.removeRecord(name, signal)
    removed++
  }
  return removed
}

async function readUnlessDamaged(
  vault: Vault,
  id: string,
  signal: AbortSignal,
): Promise<Point | undefined> {
  try {
    return await readPoint(vault, id, signal)
  } catch (problem) {
    if (isDamage(problem)) return undefined
    throw problem
  }
}
