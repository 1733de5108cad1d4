/** What all steps of a restore share: its ports, its rules, its report, and how trouble is dealt with. */
import { type ByteString, checkAborted, Gate, joinPath } from '#base'
import type { OpenTarget, TargetOutcome, TargetTaskKind, TargetTasks } from '#ports'
import type { ChunkReader } from '#vault'
import type { ConflictPolicy } from './conflict.ts'
import type { Destinations } from './destinations.ts'
import type { PieceFile } from './piece-file.ts'
import type { RestoreFailure, RestoreReport } from './restore-report.ts'
import type { Window } from './window.ts'

export type RestoreRules = ConflictPolicy & {
  readonly dryRun: boolean
  readonly destinations: Destinations
}

/** Shortfalls that stand for the whole entry. */
const notMade = ['socket', 'device']

export class RestoreWork {
  readonly reader: ChunkReader
  readonly target: OpenTarget
  readonly rules: RestoreRules
  readonly report: RestoreReport
  readonly signal: AbortSignal
  /** Files under their temporary names: whatever ends the job, they are taken away. */
  readonly openFiles = new Set<PieceFile>()
  readonly #gate: Gate
  #problem: { readonly error: unknown } | undefined

  constructor(
    ports: { readonly reader: ChunkReader; readonly target: OpenTarget },
    rules: RestoreRules,
    context: { readonly report: RestoreReport; readonly signal: AbortSignal },
  ) {
    this.reader = ports.reader
    this.target = ports.target
    this.rules = rules
    this.report = context.report
    this.signal = context.signal
    this.#gate = new Gate(ports.target.inFlightMax)
  }

  /** A task of the target, when its turn comes; none begins after the first that failed. */
  async run<K extends TargetTaskKind>(
    kind: K,
    ask: TargetTasks[K]['ask'],
  ): Promise<TargetTasks[K]['answer']> {
    return await this.inTurn(() => this.target.run(kind, ask, { signal: this.signal }))
  }

  /** Work that ends in one task. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    return await this.#gate.run(async () => {
      this.throwProblem()
      checkAborted(this.signal)
      try {
        return await work()
      } catch (error) {
        this.noteProblem(error)
        throw error
      }
    })
  }

  noteProblem(error: unknown): void {
    this.#problem ??= { error }
  }

  /** The first problem ends the job; what is under way meanwhile is awaited elsewhere. */
  throwProblem(): void {
    if (this.#problem !== undefined) throw this.#problem.error
  }

  /** Takes what became of entries into the window and the report. */
  absorb(window: Window, { problems, shortfalls, identities }: TargetOutcome): void {
    for (const problem of problems) this.failEntry(window, problem)
    for (const { record, ...shortfall } of shortfalls) {
      if (notMade.includes(shortfall.what)) window.dropped.add(record)
      this.report.note({
        path: this.shownPath(window.root, window.reader.path(record)),
        ...shortfall,
      })
    }
    for (const { record, dev, ino } of identities) {
      const group = window.begun.get(record)
      if (group !== undefined) Object.assign(group, { identity: { dev, ino }, state: 'made' })
    }
  }

  failEntry(
    window: Window,
    problem: Pick<RestoreFailure, 'code' | 'detail'> & { readonly record: number },
  ): void {
    const { record, code, detail } = problem
    const part = window.findPart(record)
    if (part !== undefined) {
      part.file.problem ??= { code, detail }
      return
    }
    if (window.failed.has(record)) return
    window.failed.add(record)
    const group = window.begun.get(record)
    if (group !== undefined) group.state = 'failed'
    this.report.fail({
      path: this.shownPath(window.root, window.reader.path(record)),
      code,
      detail,
    })
  }

  /** A path of the target as a report names it: relative to the one target, or whole. */
  shownPath(root: number, path: ByteString): ByteString {
    const place = this.rules.destinations.roots[root]
    return place === undefined || place.kind === 'given' ? path : joinPath(place.path, path)
  }
}
