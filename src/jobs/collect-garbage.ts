/** Frees the space of what no point needs. Deleting waits while somebody reads the vault. */
import { isFailure } from '#base'
import type { BlockRecoder, Lease, Reporter } from '#ports'
import {
  type CollectionOutcome,
  type CollectionProposal,
  collect,
  loadIndex,
  type Ownership,
  previewCollection,
} from '#vault'

export type GarbageRequest = {
  readonly graceMs: number
  /** Packs with at least this share of dead bytes are rewritten. */
  readonly deadShareMin: number
  /** Who copies blocks; undefined: this thread. */
  readonly recoder?: BlockRecoder
}

export const deadShareDefault = 0.05

export async function proposeGarbage(
  ownership: Ownership,
  request: GarbageRequest,
  signal: AbortSignal,
): Promise<CollectionProposal> {
  const loaded = await loadIndex(ownership.vault, ownership.state, signal)
  return await previewCollection(
    ownership,
    loaded,
    { ...request, maySweep: false, onStage: () => undefined },
    signal,
  )
}

export async function performGarbage(
  ownership: Ownership,
  request: GarbageRequest,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<CollectionOutcome> {
  return await ownership.collections.run(() => collectAlone(ownership, request, reporter, signal))
}

async function collectAlone(
  ownership: Ownership,
  request: GarbageRequest,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<CollectionOutcome> {
  const loaded = await loadIndex(ownership.vault, ownership.state, signal)
  const exclusive = await acquireSweep(ownership, reporter, signal)
  try {
    const onStage = (phase: string): void => {
      const nothing = {
        filesDone: 0,
        filesTotal: undefined,
        bytesDone: 0,
        bytesTotal: undefined,
        storedBytes: 0,
        path: undefined,
      }
      reporter.progress({ ...nothing, phase })
    }
    return await collect(
      ownership,
      loaded,
      { ...request, maySweep: exclusive !== undefined, onStage },
      signal,
    )
  } finally {
    await exclusive?.release()
  }
}

/** Undefined while somebody reads: then this run condemns, and a later one deletes. */
async function acquireSweep(
  ownership: Ownership,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Lease | undefined> {
  try {
    return await ownership.vault.ports.leases.acquire('sweep', ownership.state.holder, signal)
  } catch (problem) {
    if (!isFailure(problem, 'vault.leased')) throw problem
    reporter.notice('Somebody reads the vault: nothing is deleted now. Run gc again later.')
    return undefined
  }
}
