/** How sessions are opened: on an index that is read for them, or on one that the owner of the vault keeps. */
import { ChunkIndex } from './chunk-index.ts'
import {
  adoptOrphans,
  applyLedger,
  type LoadedIndex,
  loadIndex,
  secureIndex,
} from './load-index.ts'
import type { Ownership } from './ownership.ts'
import { Session } from './session.ts'

/**
 * Opens a session, and loads the index for it. In this order: what is condemned from now on stays until the session ends,
 * so the index may be a little older than the moment it is used.
 */
export async function openSession(ownership: Ownership, signal: AbortSignal): Promise<Session> {
  const { vault, state } = ownership
  const session = new Session(ownership, new ChunkIndex())
  try {
    const loaded = await loadIndex(vault, state, signal, session.index)
    await completeIndex(ownership, loaded, signal)
    return session
  } catch (problem) {
    await session[Symbol.asyncDispose]()
    throw problem
  }
}

/**
 * The index as a session finds it, with what dead jobs left adopted: for an owner who opens many sessions and keeps it up
 * to date himself.
 */
export async function loadOwnIndex(ownership: Ownership, signal: AbortSignal): Promise<ChunkIndex> {
  const loaded = await loadIndex(ownership.vault, ownership.state, signal)
  await completeIndex(ownership, loaded, signal)
  return loaded.index
}

/**
 * Adopts packs that a dead job left without a segment, but never those that were condemned: their deletion may be under way
 * (invariant I3).
 */
async function completeIndex(
  { vault, state }: Ownership,
  loaded: LoadedIndex,
  signal: AbortSignal,
): Promise<void> {
  await secureIndex(vault, loaded, signal)
  const orphans = loaded.orphans.filter(({ name }) => !state.condemned.has(name))
  await adoptOrphans(vault, { ...loaded, orphans }, signal)
}

/**
 * A session on an index that its owner keeps: nothing is read. What was condemned since the index was made is seen in the
 * ledger; packs that went away meanwhile are missed at the commit, which asks the store for each that it relies on.
 */
export function openSessionOn(ownership: Ownership, index: ChunkIndex): Session {
  const copy = index.clone()
  const session = new Session(ownership, copy)
  applyLedger(copy, session.asOf)
  return session
}
