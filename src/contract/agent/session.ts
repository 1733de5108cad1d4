/**
 * A session of an agent on a vault (decision 6). Backup: open, read the rows of the parent, ask, put blocks, commit.
 * Restore: open, read the rows of the point, fetch. The agent never names what it wants to read of the past, so there is
 * nothing to authorise row by row; what a restore may fetch is what its job's points name.
 */
import { z } from 'zod'
import { ids } from '../ids.ts'
import { reportLine } from '../records/job.ts'
import { absolutePath } from '../wire/file-path.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant } from '../wire/instant.ts'
import { amount, digest } from '../wire/text.ts'

export const rowsMedia = 'application/vnd.holdfast.rows'
/** Failures in a commit; the rest was reported before, as messages. */
export const failuresInCommitMax = 10_000

const base64 = z.base64().max(8_192)

export const sessionOpening = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('backup'),
      jobId: ids.job,
      attempt: amount,
      /** One session and one point for each volume. */
      source: absolutePath,
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
    /** Absent: nothing came before; every file is read. */
    parentPointId: ids.point.optional(),
    /** Names content that the agent has; opens and seals nothing. Absent for a restore of content only. */
    idKey: base64,
    /** The keyed table that says where content is cut. */
    gear: base64,
    blocksUnderWayMax: z.int().min(1).max(64),
    /** Without a call for so long the session ends. */
    idleMs: amount,
  })
  .meta({ id: 'Session' })

export const storedBlock = z
  .object({
    number: amount,
    /** Chunks of the block that the vault had not. */
    newChunks: amount,
    storedBytes: amount,
    /** It was there already: this number was sent before. */
    repeated: z.boolean(),
  })
  .meta({ id: 'StoredBlock' })

const treeRoot = z.strictObject({ id: digest, entries: amount, bytes: amount })

/** What the agent says that its point is; the server walks the new nodes and believes none of it. */
export const commit = z
  .strictObject({
    blocks: amount,
    base: treeRoot,
    overlay: treeRoot.optional(),
    overlayRows: amount,
    startedAt: instant,
    summary: z.strictObject({
      files: amount,
      directories: amount,
      others: amount,
      sourceBytes: amount,
      filesRead: amount,
      excluded: amount,
    }),
    failureCount: amount,
    failures: z.array(reportLine).max(failuresInCommitMax),
  })
  .meta({ id: 'Commit' })

/** Signed by the server; agents remember the highest `sequence` and refuse a smaller one. */
export const receipt = z
  .object({
    vaultId: ids.vault,
    pointId: ids.point,
    sequence: amount,
    previous: ids.point.optional(),
    trustedAt: amount,
    retainUntil: amount.optional(),
    signature: base64,
  })
  .meta({ id: 'Receipt' })
export type Receipt = Decoded<typeof receipt>
