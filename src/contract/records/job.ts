/** Backup jobs and restore jobs: state, live progress, totals and reports (D4 to D6, F). */
import { z } from 'zod'
import { failureReasons } from '#engine'
import {
  conflictRules,
  jobKinds,
  jobPhases,
  jobStates,
  selectionKinds,
  skipReasons,
  triggers,
} from '../enums/jobs.ts'
import { ids } from '../ids.ts'
import { problem } from '../problem.ts'
import { absolutePath, filePath } from '../wire/file-path.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant } from '../wire/instant.ts'
import { amount, sentence } from '../wire/text.ts'

export const listedPathsMax = 10_000

export const progress = z
  .object({
    phase: z.enum(jobPhases),
    files: z.object({ scanned: amount, done: amount, written: amount }),
    bytes: z.object({ scanned: amount, done: amount, written: amount }),
    bytesPerSecond: amount,
    currentPath: filePath.optional(),
    /** An estimate from 0 to 1; it may fall while the scan still finds more. */
    fraction: z.number().min(0).max(1),
    remainingMs: amount.optional(),
    /** Counts up with each message of one attempt: an older one that comes late changes nothing. */
    number: amount,
  })
  .meta({ id: 'Progress' })
export type Progress = Decoded<typeof progress>

const runFacts = {
  instanceId: ids.instance,
  state: z.enum(jobStates),
  createdAt: instant,
  startedAt: instant.optional(),
  endedAt: instant.optional(),
  /** How often it was begun; a restart of server or client begins it again where it was (D5). */
  attempts: amount,
  progress: progress.optional(),
  problem: problem.optional(),
  counts: z.object({ failed: amount, skipped: amount, inconsistent: amount }).optional(),
  warnings: z.array(sentence),
}

export const job = z
  .object({
    jobId: ids.job,
    planId: ids.plan,
    vaultId: ids.vault,
    ...runFacts,
    trigger: z.enum(triggers),
    /** The time that the plan meant; unique per plan. */
    dueAt: instant,
    skipReason: z.enum(skipReasons).optional(),
    versionId: ids.version.optional(),
    totals: z
      .object({ files: amount, sourceBytes: amount, newBytes: amount, storedBytes: amount })
      .optional(),
  })
  .meta({ id: 'Job' })
export type Job = Decoded<typeof job>

export const selection = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal(selectionKinds[0]) }),
    z.strictObject({
      kind: z.literal(selectionKinds[1]),
      paths: z.array(filePath).min(1).max(listedPathsMax),
    }),
    z.strictObject({
      kind: z.literal(selectionKinds[2]),
      paths: z.array(filePath).min(1).max(listedPathsMax),
    }),
  ])
  .meta({ id: 'Selection' })

const restoreChoices = {
  vaultId: ids.vault,
  pointIds: z.array(ids.point).min(1).max(256),
  /** Absent: the instance that the points are of. */
  targetInstanceId: ids.instance.optional(),
  /** Absent: the original paths. It must exist, else the job ends with TARGET_NOT_EXIST (F3). */
  targetPath: absolutePath.optional(),
}

export const newRestoreJob = z.strictObject({
  ...restoreChoices,
  selection: selection.optional(),
  conflict: z.enum(conflictRules).optional().meta({ default: 'skip' }),
  /** Looks at the target and tells what would happen; changes nothing there. */
  dryRun: z.boolean().optional().meta({ default: false }),
})

export const restoreJob = z
  .object({
    restoreJobId: ids.restoreJob,
    ...restoreChoices,
    selection,
    conflict: z.enum(conflictRules),
    /** Nothing was changed: the totals say what would be. */
    dryRun: z.boolean(),
    ...runFacts,
    totals: z
      .object({
        /** Of the selection. */
        files: amount,
        bytes: amount,
        /** Entries, folders among them, and the bytes of their files. */
        written: amount,
        writtenBytes: amount,
        /** Of those: in the place of something else (F4). */
        overwritten: amount,
        /** Existing ones that the conflict rule left as they are. */
        kept: amount,
        /** There already, from an earlier restore or untouched since the backup. */
        unchanged: amount,
        /** Of a dry run: what can still be written there, as far as that is one place. */
        freeBytes: amount.optional(),
      })
      .optional(),
  })
  .meta({ id: 'RestoreJob' })
export type RestoreJob = Decoded<typeof restoreJob>

/** A line of a report; a file that is in no list is as it should be. */
export const reportLine = z
  .object({
    path: filePath,
    reason: z.enum([...failureReasons, 'exists', 'refused', 'replaced']),
    detail: z.string().max(4_096),
  })
  .meta({ id: 'ReportLine' })
export type ReportLine = Decoded<typeof reportLine>

export const jobReference = z.object({ kind: z.enum(jobKinds), jobId: z.string().max(64) })
