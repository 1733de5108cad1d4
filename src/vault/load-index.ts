/**
 * The index of a vault in memory, held against what the store really has: a pack that the store does not list is
 * `missing` and never offered; a pack that no segment knows (a job died before its segment) is adopted by reading its
 * footer, so what was uploaded is used and not uploaded again.
 */
import { failure, isFailure } from '#base'
import {
  checkPackHeader,
  decodeFooter,
  decodePackTrailer,
  encodeIndexSegment,
  type IndexedPack,
  idPrefixBytes,
  type LedgerState,
  type ObjectName,
  open,
  type PackedBlock,
  packHeaderBytes,
  packTrailerBytes,
} from '#engine'
import type { ObjectEntry } from '#ports'
import { ChunkIndex } from './chunk-index.ts'
import { cutSegments } from './cut-segments.ts'
import { listSegments, packId, putSealed, type Vault } from './vault.ts'

export type LoadedIndex = {
  readonly index: ChunkIndex
  /** Names of the segments it was made from. */
  readonly segments: readonly ObjectName[]
  /** Packs in the store that no segment names. */
  readonly orphans: readonly ObjectEntry[]
}

/**
 * @param state the ledger, read before: what it condemned or put in quarantine is never offered
 * @param index empty; it is filled
 */
export async function loadIndex(
  vault: Vault,
  state: LedgerState,
  signal: AbortSignal,
  index = new ChunkIndex(),
): Promise<LoadedIndex> {
  const segments = await listSegments(vault, signal)
  index.reserve(segments.reduce((sum, { segment }) => sum + countChunks(segment.packs), 0))
  for (const { segment } of segments) for (const pack of segment.packs) index.addPack(pack)
  const orphans = await compareWithStore(vault, index, signal)
  applyLedger(index, state)
  return { index, segments: segments.map(({ name }) => name), orphans }
}

function countChunks(packs: readonly IndexedPack[]): number {
  const blocks = packs.flatMap((pack) => pack.blocks)
  return blocks.reduce((sum, block) => sum + block.prefixes.length / idPrefixBytes, 0)
}

/**
 * What may not have been made durable by who wrote it, since he died: segments, and packs that no segment names; others
 * were durable before their segment was begun. Before anything is built on them, a power cut must not take them away.
 */
export async function secureIndex(
  vault: Vault,
  { segments, orphans }: Pick<LoadedIndex, 'segments' | 'orphans'>,
  signal: AbortSignal,
): Promise<void> {
  await vault.ports.store.secure([...segments, ...orphans.map(({ name }) => name)], signal)
}

/**
 * Marks packs as the ledger says. Condemned goes before quarantined: what nobody needs is deleted, damaged or not. What
 * the store itself speaks against is not made good again.
 */
export function applyLedger(index: ChunkIndex, state: LedgerState): void {
  for (const pack of index.packs) {
    const known = index.stateOf(pack)
    if (known === 'missing') continue
    const condemned = state.condemned.get(pack.name)
    if (condemned !== undefined) index.condemn(pack, condemned.entry)
    else if (state.quarantined.has(pack.name)) index.setState(pack, 'quarantined')
    else if (known !== 'quarantined') index.setState(pack, 'live')
  }
}

/**
 * Sets the state of every pack by what the store has now, and returns the packs that the index does not know. A pack of
 * the wrong size is never offered again, and read only where nothing else has what it holds. A pack that the listing
 * lacks is asked for by name: if it is there after all, the listing was cut short, and everything that rests on it stops
 * (restic issue 4612).
 */
export async function compareWithStore(
  vault: Vault,
  index: ChunkIndex,
  signal: AbortSignal,
): Promise<ObjectEntry[]> {
  // Packs that are published while the listing runs are not in it.
  const known = index.packs.length
  const there = new Map<ObjectName, ObjectEntry>()
  for await (const entry of vault.ports.store.list('pack', signal)) there.set(entry.name, entry)
  for (const pack of index.packs.slice(0, known)) {
    const listed = there.get(pack.name)
    there.delete(pack.name)
    const state = index.stateOf(pack)
    if (listed?.bytes === pack.bytes) {
      if (state === 'missing') index.setState(pack, 'live')
      continue
    }
    if (state !== 'missing' && listed === undefined) await assertGone(vault, pack.name, signal)
    index.setState(pack, listed === undefined ? 'missing' : 'quarantined')
  }
  return [...there.values()].filter(({ name }) => !index.hasPack(name))
}

async function assertGone(vault: Vault, name: ObjectName, signal: AbortSignal): Promise<void> {
  if ((await vault.ports.store.stat(name, signal)) === undefined) return
  throw failure('storage.unavailable', {
    object: name,
    problem: 'the listing lacks an object that is there',
  })
}

/** Reads footers of orphans, and writes segments for those that are whole. Damaged ones are left alone. */
export async function adoptOrphans(
  vault: Vault,
  loaded: LoadedIndex,
  signal: AbortSignal,
): Promise<{ readonly adopted: number; readonly damaged: readonly string[] }> {
  const { packs, damaged } = await readOrphans(vault, loaded.orphans, signal)
  if (packs.length > 0) {
    for (const part of cutSegments(packs)) {
      const plaintext = encodeIndexSegment({ supersedes: [], packs: part })
      await putSealed(vault, { kind: 'index', plaintext }, signal)
    }
    for (const pack of packs) loaded.index.addPack(pack)
  }
  return { adopted: packs.length, damaged }
}

/**
 * What packs hold that no segment names, by their own footers; damaged ones are left out. So are those that are gone since
 * they were listed: an owner who has just lost the vault may finish the one deletion that he was about. Nothing is built
 * on them yet, and a mark that needs what they held ends the collection.
 */
export async function readOrphans(
  vault: Vault,
  orphans: readonly ObjectEntry[],
  signal: AbortSignal,
): Promise<{ readonly packs: readonly IndexedPack[]; readonly damaged: readonly string[] }> {
  const packs: IndexedPack[] = []
  const damaged: string[] = []
  for (const orphan of orphans) {
    try {
      packs.push(toIndexedPack(orphan, await readFooter(vault, orphan, signal)))
    } catch (problem) {
      if (isFailure(problem, 'object.missing')) continue
      const isFormat = isFailure(problem, 'vault.format-unknown')
      if (!isFailure(problem, 'object.damaged') && !isFormat) throw problem
      damaged.push(problem.message)
    }
  }
  return { packs, damaged }
}

/** What a pack's own footer says it holds. @throws object.damaged */
export async function readFooter(
  vault: Vault,
  pack: ObjectEntry,
  signal: AbortSignal,
): Promise<PackedBlock[]> {
  const { store, cipher } = vault.ports
  const { name, bytes } = pack
  const range = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset < 0 || offset + length > bytes)
      throw failure('object.damaged', { object: name, problem: 'it is too short' })
    const found = await store.find(name, { offset, length }, signal)
    if (found === undefined) throw failure('object.missing', { object: name })
    return found
  }
  checkPackHeader(await range(0, packHeaderBytes), vault.config.vaultId, name)
  const footerBytes = decodePackTrailer(
    await range(bytes - packTrailerBytes, packTrailerBytes),
    name,
  )
  const footerAt = bytes - packTrailerBytes - footerBytes
  const sealed = await range(footerAt, footerBytes)
  const blocks = decodeFooter(
    open(cipher, vault.keys.meta, { kind: 'footer', sealed, object: name }),
    name,
  )
  const last = blocks.at(-1)
  const end = last === undefined ? packHeaderBytes : last.offset + last.storedBytes
  if (end !== footerAt)
    throw failure('object.damaged', {
      object: name,
      problem: 'its blocks do not end at its footer',
    })
  return blocks
}

export function toIndexedPack(pack: ObjectEntry, blocks: readonly PackedBlock[]): IndexedPack {
  return {
    id: packId(pack.name),
    bytes: pack.bytes,
    blocks: blocks.map((block) => {
      const prefixes = new Uint8Array(block.ids.length * idPrefixBytes)
      for (const [i, id] of block.ids.entries())
        prefixes.set(id.subarray(0, idPrefixBytes), i * idPrefixBytes)
      const rawBytes = block.lengths.reduce((sum, length) => sum + length, 0)
      return { kind: block.kind, storedBytes: block.storedBytes, rawBytes, prefixes }
    }),
  }
}
