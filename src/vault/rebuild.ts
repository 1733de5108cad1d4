/**
 * Puts records together anew from what they were derived from: the ledger from the points, the index from the packs. Both
 * only add: a new entry after all others, a new segment beside the good ones. What was found before is found after
 * (restic issues 3317 and 21820), and nothing is removed.
 */
import { failure } from '#base'
import type { ObjectName } from '#engine'
import { putSegments } from './cut-segments.ts'
import { type InspectedIndex, inspectIndex } from './inspect-index.ts'
import { append, readLedger } from './ledger.ts'
import { secureIndex } from './load-index.ts'
import { findLostEntries } from './lost-entries.ts'
import type { Ownership } from './ownership.ts'
import { type Salvage, salvageLedger } from './salvage-ledger.ts'
import { isDamage, packId, type Vault } from './vault.ts'

/** A listing is believed when it comes out the same twice in a row. */
const listingsMax = 6

/**
 * Begins the ledger anew after the last number that was ever given, with what its remains and the points say.
 * @returns undefined when the ledger can be read after all, and nothing shows that it lost entries
 * @throws vault.leased, vault.fenced
 */
export async function rebuildLedger(
  vault: Vault,
  holder: string,
  signal: AbortSignal,
): Promise<Salvage | undefined> {
  await using _ = await vault.ports.leases.acquire('owner', holder, signal)
  if (await isWhole(vault, signal)) return undefined
  const salvage = await salvageLedger(vault, signal)
  await append(vault, salvage.state, { kind: 'rebuild', state: salvage.state }, signal)
  return salvage
}

async function isWhole(vault: Vault, signal: AbortSignal): Promise<boolean> {
  try {
    const state = await readLedger(vault, signal)
    return (await findLostEntries(vault, state, signal)).length === 0
  } catch (problem) {
    if (isDamage(problem)) return false
    throw problem
  }
}

export type RebuiltIndex = {
  /** Packs that the index knows now and did not before. */
  readonly adopted: readonly ObjectName[]
  /** Of those, the ones whose footer could not be read: they were walked block by block. */
  readonly walked: readonly ObjectName[]
  /** Damaged segments that are no longer asked. */
  readonly superseded: readonly ObjectName[]
}

/**
 * Takes every pack that no segment names into the index. Damaged segments are superseded, since what they said is known
 * again from the packs; they stay where they are until a collection removes them.
 */
export async function rebuildIndex(
  ownership: Ownership,
  signal: AbortSignal,
): Promise<RebuiltIndex> {
  const inspected = await inspectStable(ownership, signal)
  // The deletion of a condemned pack may be under way: it has left the index for good.
  const unindexed = inspected.unindexed.filter(({ name }) => !ownership.state.condemned.has(name))
  const packs = unindexed.flatMap(({ pack }) => (pack === undefined ? [] : [pack]))
  const supersedes = inspected.damagedSegments.map(({ name }) => packId(name))
  await secureIndex(ownership.vault, { segments: inspected.segments, orphans: unindexed }, signal)
  // The damaged ones go out of use with the last segment, when all that they said is said again.
  await putSegments(ownership, { supersedes, packs }, signal)
  const adopted = unindexed.filter(({ pack }) => pack !== undefined)
  return {
    adopted: adopted.map(({ name }) => name),
    walked: adopted.filter(({ problem }) => problem !== undefined).map(({ name }) => name),
    superseded: inspected.damagedSegments.map(({ name }) => name),
  }
}

/** The index of a moment in which the storage gave the same list twice: a short one would hide packs. */
async function inspectStable(ownership: Ownership, signal: AbortSignal): Promise<InspectedIndex> {
  const { vault, state } = ownership
  let before: string | undefined
  for (let tries = 0; tries < listingsMax; tries++) {
    const inspected = await inspectIndex(vault, state, signal)
    const seen = inspected.unindexed.map(({ name, bytes }) => `${name} ${bytes}`).join('\n')
    if (seen === before) return inspected
    before = seen
  }
  throw failure('storage.unavailable', {
    object: 'pack',
    problem: 'its list is never twice the same',
  })
}
