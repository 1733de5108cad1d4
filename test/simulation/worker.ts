/** One process of the simulator: loads the product with its patches, runs every n-th seed, and tells what it found. */
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { mutants } from './mutants.ts'
import { smallSizes } from './patches.ts'
import { patchSources } from './source-patcher.ts'

export type WorkerTask = {
  readonly seeds: readonly number[]
  readonly mutant: string | undefined
  /** Ends with the first violation; always so for a mutant. */
  readonly stopAtFirst: boolean
}

export type Totals = {
  readonly runs: number
  readonly steps: number
  readonly commits: number
  readonly deletedPacks: number
  readonly lives: number
  readonly faults: number
  /** Equal for equal runs. */
  readonly digest: number
}

export type WorkerNews =
  | { readonly kind: 'totals'; readonly totals: Totals }
  | {
      readonly kind: 'violation'
      readonly seed: number
      readonly violation: string
      readonly trace: readonly string[]
    }

const tellEvery = 200
const traceLinesMax = 60

async function work(task: WorkerTask, tell: (news: WorkerNews) => void): Promise<void> {
  const mutant = mutants.find(({ name }) => name === task.mutant)
  if (task.mutant !== undefined && mutant === undefined)
    throw new Error(`there is no mutant "${task.mutant}"`)
  patchSources([...smallSizes, ...(mutant?.patches ?? [])])
  // Only now, so that the product is loaded patched.
  const { simulate } = await import('./simulate.ts')
  const options = { without: mutant?.without ?? [], weather: mutant?.weather ?? {} }
  let totals: Totals = {
    runs: 0,
    steps: 0,
    commits: 0,
    deletedPacks: 0,
    lives: 0,
    faults: 0,
    digest: 0,
  }
  for (const seed of task.seeds) {
    const report = await simulate(seed, options)
    totals = {
      runs: totals.runs + 1,
      steps: totals.steps + report.steps,
      commits: totals.commits + report.commits,
      deletedPacks: totals.deletedPacks + report.deletedPacks,
      lives: totals.lives + report.lives,
      faults: totals.faults + report.faults,
      digest: (totals.digest + crc32(report.fingerprint)) >>> 0,
    }
    if (report.violation !== undefined) {
      const trace: string[] = []
      await simulate(seed, { ...options, trace: (line) => trace.push(line) })
      const { violation } = report
      tell({ kind: 'violation', seed, violation, trace: trace.slice(-traceLinesMax) })
      if (task.stopAtFirst) break
    }
    if (totals.runs % tellEvery === 0) tell({ kind: 'totals', totals })
  }
  tell({ kind: 'totals', totals })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', (task: WorkerTask) => {
    void work(task, (news) => process.send?.(news)).then(() => process.disconnect?.())
  })
}
