/**
 * How a backup ended. The agent says how it went; whether there are points is looked up in the catalog, which the gateway
 * fills with each commit. A version is COMPLETE only if each source that was to be backed up has a complete point: a
 * backup that is called complete and is not would be lost data that nobody knows of.
 */
import type { PointStatus } from '#contract'
import { plainPath } from './expected-sources.ts'

export type BackupClaim = {
  readonly state: 'COMPLETE' | 'PARTIAL_COMPLETE' | 'FAILED' | 'CANCELED'
  readonly counts: {
    readonly failed: number
    readonly skipped: number
    readonly inconsistent: number
  }
}

export type CommittedPoint = {
  readonly volume: string
  readonly status: PointStatus
  readonly sequence: number
  readonly failureCount: number
}

export type BackupVerdict = {
  readonly state: BackupClaim['state']
  /** Sources without a usable point. */
  readonly missing: readonly string[]
  /** What the server found, besides what the agent says. */
  readonly problem: 'job.no-points' | 'job.points-missing' | undefined
}

/** @param expected undefined: how many there must be is not known; one at least */
export function judgeBackup(
  claim: BackupClaim,
  points: readonly CommittedPoint[],
  expected: readonly string[] | undefined,
): BackupVerdict {
  const made = newestPerVolume(points)
  const missing = (expected ?? [])
    .map(plainPath)
    .filter((source) => (made.get(source)?.status ?? 'failed') === 'failed')
  const usable = [...made.values()].filter(({ status }) => status !== 'failed')
  if (claim.state === 'CANCELED') return { state: 'CANCELED', missing, problem: undefined }
  if (usable.length === 0) {
    const problem = claim.state === 'FAILED' ? undefined : 'job.no-points'
    return { state: 'FAILED', missing, problem }
  }
  if (missing.length > 0) {
    return { state: 'PARTIAL_COMPLETE', missing, problem: 'job.points-missing' }
  }
  const isWhole = claim.state === 'COMPLETE' && isClean(claim) && usable.every(isSound)
  const state = isWhole && usable.length === made.size ? 'COMPLETE' : 'PARTIAL_COMPLETE'
  return { state, missing, problem: undefined }
}

/** A job that was begun twice may have made two points of a volume. */
function newestPerVolume(points: readonly CommittedPoint[]): ReadonlyMap<string, CommittedPoint> {
  const inOrder = points.toSorted((a, b) => a.sequence - b.sequence)
  return new Map(inOrder.map((point) => [plainPath(point.volume), point]))
}

function isClean({ counts }: BackupClaim): boolean {
  return counts.failed + counts.skipped + counts.inconsistent === 0
}

function isSound({ status, failureCount }: CommittedPoint): boolean {
  return status === 'complete' && failureCount === 0
}
