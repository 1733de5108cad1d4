/**
 * A restore: the selection is read window by window, its content fetched in the order of the vault, and every entry made
 * whole under a temporary name before it gets its own (F6). A file whose content is damaged fails alone and is named; a
 * store that does not answer or a full target ends the job. Run again, a restore goes on where it ended: what is in place
 * already is recognised and not fetched again.
 *
 * Files are not synced one by one: that would cost ten times the restore itself, and half a file is never under a final
 * name as far as any process sees. Everything is made durable once, before the job says that it is complete; after a power
 * cut in between, the restore is run again.
 */
import { assert, type ByteString, toHex } from '#base'
import { type EntryKey, entryPath, type KnownPoint, type Point } from '#engine'
import type { Fidelity, Reporter, TargetTree } from '#ports'
import { type ChunkReader, isDamage, PointCursor } from '#vault'
import type { ConflictRule } from './conflict.ts'
import { Destinations, type RestoreDestination } from './destinations.ts'
import { discardFile, finishWindow } from './finish-window.ts'
import { placeWindow } from './place-window.ts'
import { makeDirectories, settleConflicts } from './prepare-window.ts'
import {
  type RestoreFailure,
  type RestoreNote,
  RestoreReport,
  type RestoreSummary,
} from './restore-report.ts'
import { RestoreWork } from './restore-work.ts'
import type { RestoreSelection } from './selection.ts'
import type { Window } from './window.ts'
import { WindowScan } from './window-scan.ts'

export type RestoreRequest = {
  readonly point: KnownPoint
  readonly selection: RestoreSelection
  readonly destination: RestoreDestination
  readonly onConflict: ConflictRule
  /** What looks untouched is read and compared all the same. */
  readonly verifyExisting: boolean
  readonly fidelity: Fidelity
  /** Says what would happen, and changes nothing. */
  readonly dryRun: boolean
}

export type RestorePorts = {
  readonly reader: ChunkReader
  readonly target: TargetTree
  readonly reporter: Reporter
}

export type RestoreOutcome = {
  /** partial: some entries failed; they are listed. */
  readonly status: 'complete' | 'partial'
  /** The selection holds no file (F5). */
  readonly isEmpty: boolean
  readonly summary: RestoreSummary
  /** The first of them. */
  readonly failures: readonly RestoreFailure[]
  /** What entries lack, or have and should be known of (A16); the first of `noteCount`. */
  readonly notes: readonly RestoreNote[]
  readonly noteCount: number
  /** What stood there and was left by the conflict rule; the first of `summary.kept`. */
  readonly kept: readonly ByteString[]
  /** What took the place of something else, or in a dry run would; the first of `summary.replaced`. */
  readonly replaced: readonly ByteString[]
}

/** Windows that are planned or under way at once. */
const windowsAtOnceMax = 3
/** Less than this is done sooner by one hand than threads are started. */
const littleEntries = 256
const littleBytes = 4 * 1024 * 1024
const tagBytes = 12

/** @throws target.not-found, path.not-found, target.full, storage.*, job.aborted */
export async function performRestore(
  ports: RestorePorts,
  request: RestoreRequest,
  signal: AbortSignal,
): Promise<RestoreOutcome> {
  const { point } = request.point
  const hasRootEntry = await hasRootRow(ports.reader, point, signal)
  const destinations = new Destinations(point.sources, request.destination, hasRootEntry)
  const { fidelity, dryRun } = request
  const { keys } = ports.reader.vault
  const tag = temporaryTag(ports.reader, request)
  const { roots } = destinations
  const report = new RestoreReport(ports.reporter)
  await using target = await ports.target.open({ roots, fidelity, dryRun, tag, keys }, signal)
  for (const notice of target.notices) report.notice(notice)
  const rules = {
    rule: request.onConflict,
    verifyExisting: request.verifyExisting,
    dryRun,
    destinations,
  }
  const work = new RestoreWork({ reader: ports.reader, target }, rules, { report, signal })
  if (request.selection.kind !== 'include' && isMuch(point)) target.expectMuch()
  const scan = new WindowScan(
    { reader: ports.reader, target },
    {
      point,
      selection: request.selection,
      destinations,
      restoresRoot: await restoresRoot(work, request, tag),
    },
    report,
  )
  await performWindows(work, scan)
  if (!dryRun) await work.run('sync', undefined)
  return outcomeOf(report)
}

async function performWindows(work: RestoreWork, scan: WindowScan): Promise<void> {
  const running = new Set<Promise<void>>()
  let ordered = Promise.resolve()
  let directoriesMade = Promise.resolve()
  try {
    for (;;) {
      const window = await scan.next(work.signal)
      if (window === undefined) break
      expectWork(work, scan, window)
      const made = directoriesMade.then(() => makeDirectories(work, window))
      directoriesMade = made
      const placed = made.then(() => performWindow(work, window))
      const before = ordered
      ordered = placed.then(() => before).then(() => finish(work, scan, window))
      // It is awaited in the end; until then a failure ends the reading and must not count as unhandled.
      const step: Promise<void> = ordered
        .catch((error: unknown) => work.noteProblem(error))
        .finally(() => running.delete(step))
      running.add(step)
      while (running.size >= windowsAtOnceMax) await Promise.race(running)
      work.throwProblem()
    }
    await ordered
  } finally {
    // Nothing of ours goes on when this returns, and nothing without a name stays.
    await Promise.allSettled([...running, directoriesMade, ordered])
    for (const file of [...work.openFiles]) await discardFile(work, file)
  }
}

async function performWindow(work: RestoreWork, window: Window): Promise<void> {
  try {
    await settleConflicts(work, window)
    if (!work.rules.dryRun) await placeWindow(work, window)
  } finally {
    for (const file of window.starting) file.opened.resolve(undefined)
  }
}

async function finish(work: RestoreWork, scan: WindowScan, window: Window): Promise<void> {
  if (work.rules.dryRun) countPlanned(work, window)
  else await finishWindow(work, scan.planner, window)
}

function expectWork(work: RestoreWork, scan: WindowScan, window: Window): void {
  const { bytes } = work.report.counts
  if (!scan.hasEnded || bytes > littleBytes || window.entries.length > littleEntries) {
    work.target.expectMuch()
  }
}

/** A dry run counts what would be made; of a file of several names the content once. */
function countPlanned(work: RestoreWork, window: Window): void {
  const { counts } = work.report
  const links = new Map(window.links.map((link) => [link.record, link]))
  for (const record of window.entries) {
    if (!window.isMade(record)) continue
    const link = links.get(record)
    if (link?.isThere && link.group.state === 'there') {
      counts.unchanged++
      continue
    }
    counts.restored++
    const isContent = link === undefined && window.reader.kind(record) === 'file'
    if (isContent) counts.restoredBytes += window.reader.size(record)
  }
}

function isMuch({ tree: { base } }: Point): boolean {
  return base.sums.entries > littleEntries || base.sums.bytes > littleBytes
}

/** The same for the same point and target, so that a run knows what a killed one left; nobody else can guess it. */
function temporaryTag({ vault }: ChunkReader, { point, destination }: RestoreRequest): string {
  const place = destination.kind === 'directory' ? destination.path : 'original'
  const text = new TextEncoder().encode(`holdfast/v1/restore/${point.id}/${place}`)
  return toHex(vault.ports.cipher.mac(vault.keys.idKey, text).subarray(0, tagBytes))
}

/**
 * Whether the target directory itself becomes like the point's root: when all of it is restored into a directory that holds
 * nothing else, but not when somebody restores into a home or /tmp.
 */
async function restoresRoot(
  work: RestoreWork,
  request: RestoreRequest,
  tag: string,
): Promise<boolean> {
  const { destination, selection, dryRun } = request
  if (destination.kind === 'original') return true
  if (selection.kind === 'include' || dryRun) return false
  const names = new Set(await work.run('listRoot', { root: 0 }))
  for (const name of names) if (name.startsWith(`.holdfast-${tag}`)) names.delete(name)
  if (names.size === 0) return true
  const cursor = new PointCursor(work.reader, request.point.point.tree, topKey)
  while (cursor.advance() || (await cursor.load(work.signal))) {
    const { row } = cursor
    if (row.dir !== '') break
    names.delete(entryPath({ dir: row.dir, name: row.name }))
  }
  return names.size === 0
}

/**
 * Asked of the tree itself: what of it is selected does not matter. Where its beginning is damaged the source counts as a
 * directory; a single file would be lost with it, and nothing may be poured out beside a directory.
 */
async function hasRootRow(reader: ChunkReader, { tree }: Point, signal: AbortSignal) {
  const cursor = new PointCursor(reader, tree, topKey)
  try {
    if (!cursor.advance() && !(await cursor.load(signal))) return false
  } catch (problem) {
    if (isDamage(problem)) return true
    throw problem
  }
  return cursor.row.dir === '' && cursor.row.nameLength === 0
}

const topKey: EntryKey = { dir: '' as ByteString, name: '' as ByteString }

function outcomeOf(report: RestoreReport): RestoreOutcome {
  const { counts, failures } = report
  const notes = report.listNotes()
  const isEmpty = counts.files + counts.links + counts.others === 0
  if (isEmpty) report.notice('The selection holds no files; nothing was restored.')
  assert(counts.failed >= failures.length, 'every failure listed is counted')
  return {
    status: counts.failed === 0 ? 'complete' : 'partial',
    isEmpty,
    summary: { ...counts },
    failures,
    notes,
    noteCount: report.noteCount - report.notes.length + notes.length,
    kept: report.kept,
    replaced: [...report.replaced],
  }
}
