/**
 * Sessions on a vault, for agents (decision 6). Backup: open, ask for the places of the point before, ask what need not be
 * sent, put blocks, commit. Restore: open, ask for the places of the point, fetch blocks. Blocks travel sealed with keys of
 * the session; of the vault's own the agent gets those that name content, and none that seals; a block that it may
 * read whole brings the key of that one block (docs/format/envelope.md, "Carried").
 */
import { z } from 'zod'
import { ids } from '../ids.ts'
import { absolutePath } from '../wire/file-path.ts'
import type { Decoded } from '../wire/frozen.ts'
import { amount, digest } from '../wire/text.ts'

/** Where chunks of a point lie: see `places.ts`. */
export const placesMedia = 'application/vnd.holdfast.places'
/** Sealed blocks, each behind its length: see `places.ts`. */
export const blocksMedia = 'application/vnd.holdfast.blocks'
/** The record of a point (docs/format/point.md), as the agent would have it. */
export const draftMedia = 'application/vnd.holdfast.point-draft'
export const draftBytesMax = 8 * 1024 * 1024
export const offsetsPerFetchMax = 256
/** Of the blocks of one fetch, as they are stored; a single block may be longer. */
export const fetchBytesMax = 16 * 1024 * 1024

const base64 = z.base64().max(8_192)

export const sessionOpening = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('backup'),
      jobId: ids.job,
      attempt: amount,
      /** One session and one point for each source. */
      source: absolutePath,
      /** Size of the volume that it stands on. */
      volumeBytes: amount.optional(),
    }),
    z.strictObject({
      kind: z.literal('restore'),
      restoreJobId: ids.restoreJob,
      attempt: amount,
      pointId: ids.point,
    }),
  ])
  .meta({ id: 'SessionOpening' })

export const session = z
  .object({
    sessionId: ids.session,
    /** The point before (backup) or the one to restore; absent: nothing came before, every file is read. */
    point: z.object({ pointId: ids.point, record: z.base64() }).optional(),
    /** Names content that the agent has; opens and seals nothing. */
    idKey: base64,
    /** The keyed table that says where content is cut. */
    gear: base64,
    /** Blocks under way are sealed with keys that come of these two. */
    sealingId: base64,
    sealingMaster: base64,
    chunkAverageBytes: amount,
    compressionLevel: z.int().min(0).max(22),
    /** Nothing of this agent is there: it need not ask what to send. */
    isEmpty: z.boolean(),
    blocksUnderWayMax: z.int().min(1).max(64),
    /** Without a call for so long the session ends. */
    idleMs: amount,
  })
  .meta({ id: 'Session' })
export type SessionFacts = Decoded<typeof session>

export const storedBlock = z
  .object({
    number: amount,
    /** Chunks of the block that were new, as far as this agent may know: those that only others have count as new (A04). */
    newChunks: amount,
    storedBytes: amount,
    /** It was there already: this number was sent before. */
    repeated: z.boolean(),
  })
  .meta({ id: 'StoredBlock' })

export const blockFetch = z
  .strictObject({
    pack: digest,
    /** Of blocks within the pack, ascending. */
    offsets: z.array(amount).min(1).max(offsetsPerFetchMax),
  })
  .meta({ id: 'BlockFetch' })

/**
 * That the server has a point, signed with the key that the agent was told at its enrolment (Ed25519, over
 * `encodeReceipt`). Agents keep receipts, and remember the highest `sequence` of each vault and refuse a smaller one.
 */
export const receipt = z
  .object({
    instanceId: ids.instance,
    vaultId: ids.vault,
    planId: ids.plan.optional(),
    jobId: ids.job,
    versionId: ids.version,
    source: absolutePath,
    /** SHA-256 of the record that the agent sent. */
    draft: digest,
    pointId: ids.point,
    sequence: amount,
    previous: ids.point.optional(),
    trustedAt: amount,
    retainUntil: amount.optional(),
    signature: base64,
  })
  .meta({ id: 'Receipt' })
export type Receipt = Decoded<typeof receipt>
