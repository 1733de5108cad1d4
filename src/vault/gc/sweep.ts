/**
 * The sweep: the only place in the product that deletes packs (reliability 6.3, 6.5). What was condemned is marked a
 * second time against the points and pins of this moment; what is needed after all is resurrected; the rest is announced
 * in the ledger, leaves the index, and is deleted one by one, each decision re-made directly before the call.
 * Any doubt keeps the pack.
 */
import { assert, toHex } from '#base'
import {
  type Condemned,
  type DeletionFacts,
  hashedName,
  type IndexedPack,
  idOf,
  type LedgerState,
  type ObjectName,
  proveDeletion,
} from '#engine'
import type { ChunkIndex, PackFacts } from '../chunk-index.ts'
import { ChunkReader } from '../chunk-reader.ts'
import { putSegments } from '../cut-segments.ts'
import { applyLedger, compareWithStore, type LoadedIndex, readOrphans } from '../load-index.ts'
import { assertFollows, findPoint } from '../lost-entries.ts'
import type { Ownership } from '../ownership.ts'
import type { Session } from '../session.ts'
import { listSegments, packId, type Vault } from '../vault.ts'
import { markLive } from './mark-live.ts'
import { readRoots, takeRoots } from './roots.ts'

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

/** What the second mark found, and which sessions were open when it began: their points are not in it yet. */
type SecondMark = {
  readonly needed: ReadonlySet<string>
  readonly markDigest: string
  readonly sessions: ReadonlySet<Session>
  /** Packs that no segment named; the mark counted what they hold. */
  readonly unnamed: readonly IndexedPack[]
}

export async function sweep(
  ownership: Ownership,
  loaded: LoadedIndex,
  graceMs: number,
  signal: AbortSignal,
): Promise<SweepOutcome> {
  const { index } = loaded
  const waiting: { pack: string; why: string }[] = []
  const { needed, ...mark } = await secondMark(ownership, loaded, signal)
  const resurrected = [...needed].filter((name) => ownership.state.condemned.has(name))
  if (resurrected.length > 0) {
    await nameAgain(ownership, index, resurrected, signal)
    await ownership.append({ kind: 'resurrect', packs: resurrected }, signal)
    applyLedger(index, ownership.state)
  }
  const candidates: Candidate[] = []
  let budget = deletionBudget(ownership.state, index)
  const rules = { graceMs, sessions: mark.sessions }
  const gone: string[] = []
  for (const [name, condemned] of ownership.state.condemned) {
    const pack = index.pack(name as ObjectName)
    if (pack === undefined || index.stateOf(pack) === 'missing') {
      gone.push(name)
      continue
    }
    const obstacle =
      obstacleTo(ownership, { pack, condemned }, rules) ??
      (pack.bytes > budget ? 'speed-limit' : undefined)
    if (obstacle !== undefined || candidates.length >= packsPerSweepMax) {
      waiting.push({ pack: name, why: obstacle ?? 'next-run' })
      continue
    }
    budget -= pack.bytes
    candidates.push({ pack, condemned })
  }
  await forgetGone(ownership, gone, signal)
  const deleted =
    candidates.length === 0
      ? []
      : await deleteAll(ownership, index, { candidates, ...rules, ...mark }, signal)
  const deletedBytes = deleted.reduce((sum, pack) => sum + pack.bytes, 0)
  return { deleted: deleted.length, deletedBytes, resurrected: resurrected.length, waiting }
}

/** Names of condemned packs that points or sessions of this moment need after all. */
async function secondMark(
  ownership: Ownership,
  loaded: LoadedIndex,
  signal: AbortSignal,
): Promise<SecondMark> {
  const { vault } = ownership
  const roots = takeRoots(ownership)
  // That another copy exists is believed only of packs that the store lists at this moment.
  const orphans = await compareWithStore(vault, loaded.index, signal)
  // Packs published since the index was loaded. Their sessions write segments for them, unless they fail: so ours name
  // them too before anything is deleted for whose content they stand.
  const { packs: unnamed } = await readOrphans(vault, orphans, signal)
  for (const pack of unnamed) loaded.index.addPack(pack)
  // A condemned pack that only this listing shows is no proof of another copy.
  applyLedger(loaded.index, roots.state)
  const points = await readRoots(vault, roots, signal)
  const live = await markLive(new ChunkReader(vault, loaded.index), points, signal)
  const needed = new Set<string>()
  for (const pack of loaded.index.packs) {
    if (loaded.index.stateOf(pack) !== 'condemned') continue
    for (let block = pack.firstBlock; block < pack.firstBlock + pack.blockCount; block++) {
      if (live.countIn(block) > 0) needed.add(pack.name)
    }
  }
  const ids = [...roots.state.points.keys(), ...roots.pinnedPoints].sort().join('\n')
  const markDigest = toHex(vault.ports.cipher.digest(new TextEncoder().encode(ids)))
  return { needed, markDigest, sessions: roots.sessions, unnamed }
}

/** Why a condemned pack must stay; made of values at hand, so that nothing happens between answer and act. */
function obstacleTo(
  ownership: Ownership,
  { pack, condemned }: Candidate,
  rules: { readonly graceMs: number; readonly sessions: ReadonlySet<Session> },
): string | undefined {
  const now = ownership.state.condemned.get(pack.name)
  if (now === undefined || now.entry !== condemned.entry) return 'no longer condemned'
  // Also sessions that have ended since the second mark began: it may have missed the point they made.
  for (const session of rules.sessions.union(ownership.sessions)) {
    if (session.reliesOn(pack.name)) return 'a session relies on it'
    if (session.asOf.number <= condemned.entry) return 'an older session is still open'
  }
  if (ownership.trustedNow() < condemned.trustedAt + rules.graceMs) return 'grace period'
  return undefined
}

async function deleteAll(
  ownership: Ownership,
  index: ChunkIndex,
  request: {
    readonly candidates: readonly Candidate[]
    readonly markDigest: string
    readonly graceMs: number
    readonly sessions: ReadonlySet<Session>
    readonly unnamed: readonly IndexedPack[]
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
  const leaving = new Set(request.candidates.map(({ pack }) => pack.name))
  await leaveIndex(ownership, index, { leaving, unnamed: request.unnamed }, signal)
  const deleted: PackFacts[] = []
  for (const [i, candidate] of request.candidates.entries()) {
    const facts = deletions[i]
    assert(facts !== undefined, 'each candidate has its facts')
    await ownership.assertOwned(signal)
    // No await between this decision and the call: what it rests on cannot change in between.
    if (obstacleTo(ownership, candidate, request) !== undefined) continue
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

/** Condemned packs that the store does not have: deleted by a sweep that died before it could say so. */
async function forgetGone(
  ownership: Ownership,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { store } = ownership.vault.ports
  const gone: string[] = []
  for (const name of names)
    if ((await store.stat(name as ObjectName, signal)) === undefined) gone.push(name)
  if (gone.length > 0) await ownership.append({ kind: 'swept', packs: gone, bytes: 0 }, signal)
}

/** A pack that a sweep took out of the index before it died, and that is needed after all, is named by a segment again. */
async function nameAgain(
  ownership: Ownership,
  index: ChunkIndex,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const packs = names.flatMap((name) => {
    const pack = index.pack(name as ObjectName)
    return pack === undefined ? [] : [index.describePack(pack)]
  })
  await putSegments(ownership, { supersedes: [], packs }, signal)
}

/**
 * New segments that name what stays take the place of all others, before anything is deleted: an index that still knew a
 * deleted pack would answer "have" for chunks that are gone (borg issue 9748). It repeats what the others say, and not
 * what our index knows: a session may have added a segment since that was loaded.
 */
async function leaveIndex(
  ownership: Ownership,
  index: ChunkIndex,
  {
    leaving,
    unnamed,
  }: { readonly leaving: ReadonlySet<ObjectName>; readonly unnamed: readonly IndexedPack[] },
  signal: AbortSignal,
): Promise<void> {
  const { vault, state } = ownership
  const before = await listSegments(vault, signal)
  const there = await namesOfSegments(vault, signal)
  const packs = new Map<ObjectName, IndexedPack>()
  for (const { segment } of before)
    for (const pack of segment.packs) packs.set(hashedName('pack', pack.id), pack)
  for (const pack of unnamed) {
    const name = hashedName('pack', pack.id)
    if (!state.condemned.has(name)) packs.set(name, pack)
  }
  for (const pack of index.packs) {
    if (leaving.has(pack.name) || index.stateOf(pack) === 'missing') packs.delete(pack.name)
  }
  // Also what those had taken the place of, should it still be there: a damaged segment stays until it is removed.
  const old = new Set(before.map(({ name }) => name))
  for (const { segment } of before)
    for (const id of segment.supersedes)
      if (there.has(hashedName('index', id))) old.add(hashedName('index', id))
  const supersedes = [...old].map((name) => packId(name))
  const named = await putSegments(ownership, { supersedes, packs: [...packs.values()] }, signal)
  for (const oldName of old)
    if (!named.has(oldName)) await vault.ports.store.removeRecord(oldName, signal)
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

/**
 * Segments and point records that nothing names any more. Packs are none of its business.
 * @throws vault.reverted when one shows that the ledger lost entries, and then it stays
 */
export async function removeSpentRecords(
  ownership: Ownership,
  signal: AbortSignal,
): Promise<number> {
  const { vault, state } = ownership
  const isNamed = (id: string): boolean =>
    state.points.has(id) ||
    ownership.state.points.has(id) ||
    [...ownership.sessions].some((session) => session.pinnedPoints.has(id))
  let removed = 0
  const names: ObjectName[] = []
  for await (const { name } of vault.ports.store.list('point', signal)) names.push(name)
  for (const name of names) {
    const id = idOf(name)
    if (isNamed(id)) continue
    // A point of our own epoch that the ledger does not name yet is being committed right now. One that cannot be read
    // could be anything, so it stays.
    const point = await findPoint(vault, id, signal)
    if (point === undefined) continue
    await assertFollows(ownership, { id, point }, signal)
    if (point.epoch === state.epoch && point.sequence > state.sequence) continue
    await ownership.assertOwned(signal)
    if (isNamed(id)) continue
    await vault.ports.store.removeRecord(name, signal)
    removed++
  }
  return removed
}
