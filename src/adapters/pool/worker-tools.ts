// What every job of a worker thread works with.
import type { ChunkerParams, Cipher, VaultKeys } from '#engine'
import { type GearChunker, openGearChunker } from '../chunker/index.ts'
import { gearTableAt, openSlots, type Slot } from './arena.ts'
import type { WorkerSetup } from './jobs.ts'
import { type WorkerCiphers, workerCiphers } from './worker-cipher.ts'

export type WorkerTools = {
  readonly slots: readonly Slot[]
  readonly params: ChunkerParams
  readonly chunker: GearChunker
  readonly cipher: Cipher
  readonly ciphers: WorkerCiphers
  readonly keys: VaultKeys
  readonly compressionLevel: number
  readonly verifies: boolean
  /** To be called in long jobs every few milliseconds: does what short jobs have been asked for. */
  readonly betweenSteps: () => void
}

export function openTools(
  { arena, keys, compressionLevel, verifies }: WorkerSetup,
  betweenSteps: () => void,
): WorkerTools {
  const { memory, params } = arena
  const ciphers = workerCiphers()
  return {
    slots: openSlots(arena),
    params,
    chunker: openGearChunker({ memory, tableAt: gearTableAt, params }),
    cipher: ciphers.files,
    ciphers,
    keys,
    compressionLevel,
    verifies,
    betweenSteps,
  }
}

export function slotOf({ slots }: WorkerTools, number: number): Slot {
  const slot = slots[number]
  if (slot === undefined) throw new RangeError(`there is no slot ${number}`)
  return slot
}
