/** From what a job reports to what the server is told: progress with an estimate, and the lists of D6. */
import type { Progress, ReportLine, ReportList } from '#contract'
import type { FailureReason, PointFailure } from '#engine'
import type { Progress as JobProgress, Reporter } from '#ports'
import type { WorkObserver } from '../work.ts'

/** A file that changed while it was read is in the point, though nobody can say as of when. */
const lists: Readonly<Record<FailureReason, ReportList>> = {
  changed: 'inconsistent',
  vanished: 'skipped',
  unsupported: 'skipped',
  denied: 'failed',
  unreadable: 'failed',
  disconnected: 'failed',
}

export type Expected = { readonly files: number; readonly bytes: number }
const almost = 0.99

/** Over all sessions of one assignment. */
export class WorkReporter implements Reporter {
  readonly counts = { failed: 0, skipped: 0, inconsistent: 0 }
  readonly #observer: WorkObserver
  readonly #now: () => number
  readonly #startedAt: number
  #number = 0
  #expected: Expected | undefined
  /** Of sessions that are over. */
  #before = { files: 0, bytes: 0, stored: 0 }
  #latest = { files: 0, bytes: 0, stored: 0 }

  constructor(observer: WorkObserver, now: () => number) {
    this.#observer = observer
    this.#now = now
    this.#startedAt = now()
  }

  /** What is known of how much it will be. */
  expect(expected: Expected | undefined): void {
    this.#expected = expected
  }

  /** The session is over; the next one counts on. */
  endSession(): void {
    const { files, bytes, stored } = this.#before
    const latest = this.#latest
    this.#before = {
      files: files + latest.files,
      bytes: bytes + latest.bytes,
      stored: stored + latest.stored,
    }
    this.#latest = { files: 0, bytes: 0, stored: 0 }
  }

  progress(told: JobProgress): void {
    const { filesDone, bytesDone, storedBytes, path } = told
    this.#latest = { files: filesDone, bytes: bytesDone, stored: storedBytes }
    const files = this.#before.files + filesDone
    const bytes = this.#before.bytes + bytesDone
    const elapsedMs = Math.max(1, this.#now() - this.#startedAt)
    const fraction = this.#fractionOf(told)
    const progress: Progress = {
      phase: told.phase === 'verify' ? 'finishing' : 'transferring',
      files: { scanned: told.filesTotal ?? files, done: files, written: files },
      bytes: {
        scanned: told.bytesTotal ?? bytes,
        done: bytes,
        written: this.#before.stored + storedBytes,
      },
      bytesPerSecond: Math.round((bytes * 1000) / elapsedMs),
      ...(path === undefined ? {} : { currentPath: path }),
      fraction,
      ...(fraction > 0.01
        ? { remainingMs: Math.round((elapsedMs * (1 - fraction)) / fraction) }
        : {}),
      number: this.#number++,
    }
    this.#observer.progress(progress)
  }

  #fractionOf({ bytesDone, bytesTotal, filesDone, filesTotal }: JobProgress): number {
    const bytes = bytesTotal ?? this.#expected?.bytes ?? 0
    const files = filesTotal ?? this.#expected?.files ?? 0
    if (bytes === 0 && files === 0) return 0
    const done = bytes > 0 ? bytesDone / bytes : filesDone / files
    return Math.min(almost, Math.max(0, done))
  }

  failure({ path, reason, detail }: PointFailure): void {
    this.report(lists[reason], { path, reason, detail })
  }

  report(list: ReportList, line: ReportLine): void {
    if (list !== 'overwritten') this.counts[list]++
    this.#observer.reported(list, line)
  }

  notice(text: string): void {
    this.#observer.warning(text)
  }
}
