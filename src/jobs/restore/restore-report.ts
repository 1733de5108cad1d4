/** What a restore did, counted and listed: for the report, and for the exit code. */
import type { ByteString, ErrorCode } from '#base'
import type { FailureReason, ObjectName } from '#engine'
import type { Reporter } from '#ports'

export type RestoreFailure = {
  readonly path: ByteString
  readonly code: ErrorCode
  readonly detail: string
}

/** Something a restored entry lacks, or has and should be known of (A16). */
export type RestoreNote = {
  readonly path: ByteString
  /** owner, setIds, xattr, device, socket, … */
  readonly what: string
  /** special: restored as it was · stripped: left out as wished · else the system's answer. */
  readonly reason: string
  readonly detail: string
}

export type RestoreSummary = {
  /** Entries of the selection. */
  readonly files: number
  readonly directories: number
  readonly links: number
  readonly others: number
  readonly bytes: number
  /** Entries made, or in a dry run to be made. */
  readonly restored: number
  readonly restoredBytes: number
  /** Of those: in the place of something else. */
  readonly replaced: number
  /** There already, from an earlier run or untouched since the backup. */
  readonly unchanged: number
  /** Of those: files whose content was not looked at; time and size are those of the point. */
  readonly trusted: number
  /** Left as they are by the conflict rule. */
  readonly kept: number
  readonly failed: number
  /** Read from the vault. */
  readonly fetchedBytes: number
}

const listedMax = 10_000

/** How a failure is told to reporters, who know the reasons of backups. */
const reasons: Partial<Readonly<Record<ErrorCode, FailureReason>>> = {
  'object.damaged': 'unreadable',
  'object.missing': 'unreadable',
  'chunk.missing': 'unreadable',
  'tree.malformed': 'unreadable',
  'name.hostile': 'unsupported',
  'target.refused': 'denied',
}

type Counts = { -readonly [K in keyof RestoreSummary]: RestoreSummary[K] }

export class RestoreReport {
  readonly failures: RestoreFailure[] = []
  readonly notes: RestoreNote[] = []
  /** What the conflict rule left; the first of `counts.kept`. */
  readonly kept: ByteString[] = []
  /** What takes the place of something else; the first of `counts.replaced`. */
  readonly replaced = new Set<ByteString>()
  noteCount = 0
  readonly counts: Counts = {
    files: 0,
    directories: 0,
    links: 0,
    others: 0,
    bytes: 0,
    restored: 0,
    restoredBytes: 0,
    replaced: 0,
    unchanged: 0,
    trusted: 0,
    kept: 0,
    failed: 0,
    fetchedBytes: 0,
  }
  readonly #reporter: Reporter
  readonly #damaged = new Set<ObjectName>()
  #settled = 0
  #settledBytes = 0
  #isCounted = false

  constructor(reporter: Reporter) {
    this.#reporter = reporter
  }

  fail(problem: RestoreFailure): void {
    this.counts.failed++
    if (this.failures.length < listedMax) this.failures.push(problem)
    const { path, code, detail } = problem
    this.#reporter.failure({ path, reason: reasons[code] ?? 'unreadable', detail })
  }

  keep(path: ByteString): void {
    this.counts.kept++
    if (this.kept.length < listedMax) this.kept.push(path)
  }

  replace(path: ByteString): void {
    this.counts.replaced++
    if (this.replaced.size < listedMax) this.replaced.add(path)
  }

  /** Its content turned out to be what stands there. */
  spare(path: ByteString): void {
    this.counts.replaced--
    this.counts.unchanged++
    this.replaced.delete(path)
  }

  note(note: RestoreNote): void {
    this.noteCount++
    if (this.notes.length < listedMax) this.notes.push(note)
  }

  /** What was stripped or refused is not called special as well. */
  listNotes(): readonly RestoreNote[] {
    const lacking = new Set(
      this.notes
        .filter(({ reason }) => reason !== 'special')
        .map(({ path, what }) => `${what} ${path}`),
    )
    return this.notes.filter(
      ({ path, what, reason }) => reason !== 'special' || !lacking.has(`${what} ${path}`),
    )
  }

  /** A file that stands there with the time and the size of the point; of an empty one that is all there is to know. */
  trust(bytes: number): void {
    if (bytes > 0) this.counts.trusted++
  }

  /** Something of this object was damaged, and came from a second attempt or another copy; said once of each. */
  noteDamage(object: ObjectName): void {
    if (this.#damaged.has(object) || this.#damaged.size >= listedMax) return
    this.#damaged.add(object)
    this.notice(
      `${object} could not be read as it should be; what was needed of it came from a second attempt or from another copy. Verify the vault.`,
    )
  }

  notice(text: string): void {
    this.#reporter.notice(text)
  }

  /** Entries that are dealt with, whatever became of them. */
  settle(entries: number, bytes: number): void {
    this.#settled += entries
    this.#settledBytes += bytes
    this.#reporter.progress({
      phase: 'restore',
      filesDone: this.#settled,
      filesTotal: this.#isCounted
        ? this.counts.files + this.counts.links + this.counts.others
        : undefined,
      bytesDone: this.#settledBytes,
      bytesTotal: this.#isCounted ? this.counts.bytes : undefined,
      storedBytes: this.counts.fetchedBytes,
      path: undefined,
    })
  }

  /** The whole selection has been seen. */
  endCounting(): void {
    this.#isCounted = true
  }
}
