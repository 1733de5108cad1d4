/** Spreads seeds over worker processes and gathers what they find. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Totals, WorkerNews, WorkerTask } from './worker.ts'

export type Violation = Omit<Extract<WorkerNews, { kind: 'violation' }>, 'kind'>

export type Findings = {
  readonly totals: Totals
  /** Ordered by seed. */
  readonly violations: readonly Violation[]
}

export type RunRequest = {
  readonly seeds: readonly number[]
  readonly workers: number
  readonly mutant?: string | undefined
  readonly stopAtFirst: boolean
  readonly onProgress?: (findings: Findings) => void
}

const workerPath = fileURLToPath(new URL('./worker.ts', import.meta.url))
const nothing: Totals = {
  runs: 0,
  steps: 0,
  commits: 0,
  deletedPacks: 0,
  lives: 0,
  faults: 0,
  digest: 0,
}

export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}

export async function runSeeds(request: RunRequest): Promise<Findings> {
  const { seeds, workers, stopAtFirst, mutant, onProgress } = request
  const totals = new Map<number, Totals>()
  const violations: Violation[] = []
  const findings = (): Findings => ({
    totals: [...totals.values()].reduce(add, nothing),
    violations: violations.toSorted((a, b) => a.seed - b.seed),
  })
  await Promise.all(
    Array.from({ length: workers }, async (_, i) => {
      const own = seeds.filter((_, at) => at % workers === i)
      const task: WorkerTask = { seeds: own, mutant, stopAtFirst }
      await runWorker(task, (news) => {
        if (news.kind === 'totals') totals.set(i, news.totals)
        else violations.push(news)
        onProgress?.(findings())
      })
    }),
  )
  return findings()
}

function runWorker(task: WorkerTask, onNews: (news: WorkerNews) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(workerPath, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child.on('message', onNews)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`a worker of the simulator ended with ${code ?? signal}`))
    })
    child.send(task)
  })
}

function add(a: Totals, b: Totals): Totals {
  return {
    runs: a.runs + b.runs,
    steps: a.steps + b.steps,
    commits: a.commits + b.commits,
    deletedPacks: a.deletedPacks + b.deletedPacks,
    lives: a.lives + b.lives,
    faults: a.faults + b.faults,
    digest: (a.digest + b.digest) >>> 0,
  }
}
