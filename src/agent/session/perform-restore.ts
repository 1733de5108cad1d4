/** A restore assignment: its points one after the other, to where the local policy lets it write (A21, F1 to F6). */
import { type ByteString, checkAborted, displayName, failure, isFailure } from '#base'
import type { ReportLine } from '#contract'
import type { Point } from '#engine'
import {
  type ConflictRule,
  PointPaths,
  performRestore,
  type RestoreOutcome,
  type RestoreSelection,
} from '#jobs'
import type { Reporter } from '#ports'
import { isAtOrBelow, tidyPath } from '../policy/path-rules.ts'
import { findRealPlace } from '../policy/real-place.ts'
import { RateLimit } from '../rate-limit.ts'
import type { RestoreWork, WorkObserver, WorkOutcome } from '../work.ts'
import { openLink } from './open-link.ts'
import type { WorkerPorts } from './session-ports.ts'
import { viewSession } from './session-view.ts'
import { WorkReporter } from './work-reporter.ts'

const sessionsPerPointMax = 6

type Restored = {
  readonly outcome: RestoreOutcome
  /** Where it went. */
  readonly place: ByteString
}

type Restore = {
  readonly ports: WorkerPorts
  readonly work: RestoreWork
  readonly limit: RateLimit
  readonly reporter: WorkReporter
}

export async function performRestoreWork(
  ports: WorkerPorts,
  work: RestoreWork,
  observer: WorkObserver,
  signal: AbortSignal,
): Promise<WorkOutcome> {
  const { clock } = ports
  const limit = new RateLimit(clock, work.assignment.limits.bytesPerSecondMax)
  const reporter = new WorkReporter(observer, () => clock.now().upMs)
  const restore = { ports, work, limit, reporter }
  const totals = { ...nothing }
  const counts = { failed: 0, skipped: 0, inconsistent: 0 }
  const places = new Set<ByteString>()
  for (const pointId of work.assignment.pointIds) {
    const { outcome, place } = await restorePoint(restore, pointId, signal)
    places.add(place)
    reporter.endSession()
    tell(reporter, outcome)
    addTotals(totals, outcome)
    // The lists have the first of them; these are all.
    counts.failed += outcome.summary.failed
    counts.skipped += outcome.summary.kept
    counts.inconsistent += outcome.noteCount
  }
  return {
    state: counts.failed > 0 ? 'PARTIAL_COMPLETE' : 'COMPLETE',
    counts,
    totals: { ...totals, ...(await freeBytesOf(restore, places)) },
  }
}

/** For whoever asks beforehand whether it will fit; of several places nobody can say in one number. */
async function freeBytesOf({ ports, work }: Restore, places: ReadonlySet<ByteString>) {
  const [place] = places
  if (work.assignment.dryRun !== true || place === undefined || places.size > 1) return {}
  const freeBytes = await ports.freeBytes(place)
  return freeBytes === undefined ? {} : { freeBytes }
}

const nothing = {
  files: 0,
  sourceBytes: 0,
  newBytes: 0,
  storedBytes: 0,
  written: 0,
  writtenBytes: 0,
  kept: 0,
  overwritten: 0,
  unchanged: 0,
}

function addTotals(
  totals: { -readonly [Key in keyof typeof nothing]: number },
  outcome: RestoreOutcome,
): void {
  const { files, bytes, restored, restoredBytes, kept, replaced, unchanged } = outcome.summary
  totals.files += files
  totals.sourceBytes += bytes
  totals.written += restored
  totals.writtenBytes += restoredBytes
  totals.kept += kept
  totals.overwritten += replaced
  totals.unchanged += unchanged
}

/** Begun anew after a loss it goes on where it was: what is in place is recognised. */
async function restorePoint(
  restore: Restore,
  pointId: RestoreWork['assignment']['pointIds'][number],
  signal: AbortSignal,
): Promise<Restored> {
  for (let tries = 1; ; tries++) {
    try {
      return await restoreOnce(restore, pointId, signal)
    } catch (problem) {
      checkAborted(signal)
      if (!isFailure(problem, 'session.unknown') || tries === sessionsPerPointMax) throw problem
      restore.reporter.notice('The server lost the session; the restore goes on in a new one.')
    }
  }
}

async function restoreOnce(
  { ports, work, limit, reporter }: Restore,
  pointId: RestoreWork['assignment']['pointIds'][number],
  signal: AbortSignal,
): Promise<Restored> {
  const { restoreJobId, attempt, targetPath, conflict, dryRun = false } = work.assignment
  const mayUse = (path: ByteString) => assertAllowed(work, path)
  const opening = { kind: 'restore', restoreJobId, attempt, pointId } as const
  await using opened = await openLink(ports, opening, { limit, signal })
  const { reader, point } = await viewSession(opened.link, ports.cipher, opened.facts)
  if (point === undefined) throw failure('point.not-found', { point: pointId.slice(0, 8) })
  const place =
    targetPath === undefined
      ? await originalOf(point.point, mayUse)
      : await ports.prepareTarget(targetPath, mayUse)
  reporter.expect(undefined)
  const outcome = await performRestore(
    { reader, target: await ports.openTarget(), reporter: restoreReporter(reporter) },
    {
      point,
      selection: selectionOf(work, point.point, place),
      destination:
        targetPath === undefined ? { kind: 'original' } : { kind: 'directory', path: place },
      onConflict: rules[conflict],
      verifyExisting: false,
      fidelity: 'full',
      dryRun,
    },
    signal,
  )
  return { outcome, place }
}

/**
 * The place that a point came from, when it may be written to. What the server says of it is not believed: it must be one
 * path in its only form, and where links lead it is judged as well (A21).
 * @throws agent.policy-refused
 */
async function originalOf(
  { sources }: Point,
  mayUse: (path: ByteString) => void,
): Promise<ByteString> {
  const [source, ...others] = sources
  // Points of agents are so; of others it is not known which entry would go where.
  if (source === undefined || others.length > 0 || source.prefix !== '')
    throw refused('the point says of several places that it came from them')
  const { path } = source
  const real = tidyPath(path) === path ? await findRealPlace(path) : undefined
  if (real === undefined) throw refused(`${displayName(path)} is no path of its own`)
  mayUse(path)
  mayUse(real)
  return path
}

const rules: Readonly<Record<RestoreWork['assignment']['conflict'], ConflictRule>> = {
  skip: 'skip',
  overwrite: 'overwrite',
  keepNewer: 'newer',
  rename: 'rename',
}

/** @throws agent.policy-refused */
function assertAllowed({ roots, deniedDirectories }: RestoreWork, path: ByteString): void {
  const isAllowed = roots.some((root) => isAtOrBelow(path, root))
  const denied = deniedDirectories.find((directory) => isAtOrBelow(path, directory))
  if (isAllowed && denied === undefined) return
  throw refused(`${displayName(path)} is no place that it lets a restore write to`)
}

function refused(problem: string): Error {
  return failure('agent.policy-refused', { problem })
}

/** What lies in directories that nothing is written to is left out, wherever the tree is put. */
function selectionOf(
  { assignment, deniedDirectories }: RestoreWork,
  point: Point,
  under: ByteString,
): RestoreSelection {
  const without = deniedDirectories.flatMap((path) =>
    isAtOrBelow(path, under) && path !== under
      ? [path.slice(under === '/' ? 1 : under.length + 1) as ByteString]
      : [],
  )
  const { selection } = assignment
  switch (selection.kind) {
    case 'all':
      return without.length === 0 ? selection : { kind: 'exclude', paths: without }
    case 'include':
      return { ...selection, paths: pathsIn(point, assignment), except: without }
    case 'exclude':
      return { kind: 'exclude', paths: [...pathsIn(point, assignment), ...without] }
  }
}

/**
 * Paths as people call them, at the source or relative to the point, as they stand in the point. Of several points each
 * takes what was its own.
 * @throws path.not-found for a path that the only point cannot hold
 */
function pathsIn(
  point: Point,
  { selection, pointIds }: RestoreWork['assignment'],
): readonly ByteString[] {
  if (selection.kind === 'all') return []
  const places = new PointPaths(point)
  const own =
    pointIds.length === 1 ? selection.paths : selection.paths.filter((path) => places.covers(path))
  return own.map((path) => places.pointPath(path))
}

/** What a restore cannot bring back has failed, whatever the reason: a backup lists some of these as skipped. */
function restoreReporter(reporter: WorkReporter): Reporter {
  return {
    progress: (told) => reporter.progress(told),
    notice: (text) => reporter.notice(text),
    failure: (line) => reporter.report('failed', line),
  }
}

function tell(reporter: WorkReporter, { kept, replaced, notes }: RestoreOutcome): void {
  for (const path of kept) reporter.report('skipped', { path, reason: 'exists', detail: '' })
  for (const path of replaced)
    reporter.report('overwritten', { path, reason: 'replaced', detail: '' })
  for (const note of notes) reporter.report('inconsistent', lineOf(note))
}

function lineOf(note: RestoreOutcome['notes'][number]): ReportLine {
  const { path, what, reason, detail } = note
  return {
    path,
    reason: 'unsupported',
    detail: `${what}: ${reason}${detail === '' ? '' : `, ${detail}`}`,
  }
}
