/**
 * Where a job is: one line on a terminal, at most ten times a second; with --json an event, at most once a second;
 * otherwise nothing. Failures are told as they happen, in every case.
 */
import { displayName } from '#base'
import type { PointFailure } from '#engine'
import type { Clock, Progress, Reporter } from '#ports'
import { formatBytes, formatClock, formatCount } from './amounts.ts'
import type { Context } from './command.ts'
import type { Output } from './output.ts'
import { pathFields, printable } from './printable.ts'
import { fitEnd, textWidth } from './text-width.ts'

const intervalMs = 100
const eventIntervalMs = 1000
const barColumns = 20
/** So many single failures are told; the count of the rest is in the summary. */
const failuresShownMax = 200

export type Expectation = { readonly files: number; readonly bytes: number }

export class ProgressBar implements Reporter, Disposable {
  readonly #output: Output
  readonly #clock: Clock
  readonly #startedMs: number
  /** Totals of an earlier run, where the job itself does not know them. */
  readonly #expected: Expectation | undefined
  readonly #list: string
  #shownMs = Number.NEGATIVE_INFINITY
  #isShown = false
  #failures = 0

  /** @param list where the whole list of failures is */
  constructor({ output, machine }: Context, expected?: Expectation, list = '--json lists them') {
    this.#list = list
    this.#output = output
    this.#clock = machine.clock
    this.#startedMs = machine.clock.now().upMs
    this.#expected = expected
  }

  get elapsedMs(): number {
    return this.#clock.now().upMs - this.#startedMs
  }

  progress(progress: Progress): void {
    const { json, quiet } = this.#output.settings
    const columns = this.#output.progressColumns
    if (!json && (columns === undefined || quiet)) return
    const now = this.#clock.now().upMs
    if (now - this.#shownMs < (json ? eventIntervalMs : intervalMs)) return
    this.#shownMs = now
    if (json) {
      this.#tell(progress)
      return
    }
    const line = renderProgress(this.#withExpected(progress), {
      elapsedMs: now - this.#startedMs,
      columns: (columns ?? 80) - 1,
    })
    this.#output.showProgress(`\r${line}\x1b[K`, () => this.#clear())
    this.#isShown = true
  }

  failure(problem: PointFailure): void {
    const { path, reason, detail } = problem
    this.#output.event('failure', { ...pathFields(path), reason, detail })
    this.#failures++
    if (this.#output.settings.json || this.#failures > failuresShownMax) return
    const isLast = this.#failures === failuresShownMax
    const line = isLast
      ? `… more failures follow; ${this.#list}`
      : `${reason}: ${displayName(path)} (${printable(detail)})`
    this.#output.aside(line)
  }

  notice(text: string): void {
    this.#output.notice(printable(text))
  }

  [Symbol.dispose](): void {
    this.#output.endProgress()
  }

  #tell(progress: Progress): void {
    const { path, ...facts } = this.#withExpected(progress)
    const fields = path === undefined ? {} : pathFields(path)
    this.#output.event('progress', { ...facts, elapsedMs: this.elapsedMs, ...fields })
  }

  #withExpected(progress: Progress): Progress {
    if (this.#expected === undefined || progress.bytesTotal !== undefined) return progress
    const { files, bytes } = this.#expected
    return {
      ...progress,
      filesTotal: Math.max(files, progress.filesDone),
      bytesTotal: Math.max(bytes, progress.bytesDone),
    }
  }

  #clear(): void {
    if (!this.#isShown) return
    this.#isShown = false
    this.#output.showProgress('\r\x1b[K', () => undefined)
  }
}

/** One line, never wider than `columns`. */
export function renderProgress(
  progress: Progress,
  { elapsedMs, columns }: { readonly elapsedMs: number; readonly columns: number },
): string {
  const { filesDone, filesTotal, bytesDone, bytesTotal, path } = progress
  const share = shareDone(progress)
  const speed = elapsedMs > 0 ? (bytesDone / elapsedMs) * 1000 : 0
  const parts = [
    share === undefined
      ? progress.phase
      : `${bar(share)} ${String(Math.floor(share * 100)).padStart(3)} %`,
    `${formatCount(filesDone)}${filesTotal === undefined ? '' : `/${formatCount(filesTotal)}`} files`,
    `${formatBytes(bytesDone)}${bytesTotal === undefined ? '' : `/${formatBytes(bytesTotal)}`}`,
    `${formatBytes(speed)}/s`,
  ]
  if (share !== undefined && share > 0.01 && elapsedMs > 2000)
    parts.push(`ETA ${formatClock((elapsedMs / share) * (1 - share))}`)
  const facts = fitStart(parts.join('  '), columns)
  const room = columns - textWidth(facts) - 2
  return path === undefined || room < 8 ? facts : `${facts}  ${fitEnd(displayName(path), room)}`
}

function shareDone({ bytesDone, bytesTotal, filesDone, filesTotal }: Progress): number | undefined {
  if (bytesTotal === undefined && filesTotal === undefined) return undefined
  // A tree of empty files has no bytes to measure by; one large file is all bytes.
  const bytes = bytesTotal === undefined || bytesTotal === 0 ? undefined : bytesDone / bytesTotal
  const files = filesTotal === undefined || filesTotal === 0 ? undefined : filesDone / filesTotal
  const share = bytes ?? files
  return share === undefined ? undefined : Math.min(1, share)
}

function bar(share: number): string {
  const full = Math.round(share * barColumns)
  return `[${'='.repeat(full)}${' '.repeat(barColumns - full)}]`
}

function fitStart(text: string, columns: number): string {
  return textWidth(text) <= columns ? text : text.slice(0, Math.max(0, columns))
}
