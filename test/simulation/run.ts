/**
 * npm run sim -- [--seeds N] [--from S] [--mutant NAME | --mutants] [--workers N] [--verbose]
 *
 * Without a mutant every seed must be clean. With one, some seed must not be: else the simulator would not find that bug.
 */
import { parseArgs } from 'node:util'
import { mutants } from './mutants.ts'
import { type Findings, runSeeds, seedsFrom, type Violation } from './runner.ts'

const mutantSeeds = 1000
const shownMax = 10

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '0' },
    workers: { type: 'string', default: '2' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})

const from = Number(values.from)
const workers = Number(values.workers)

async function runClean(): Promise<boolean> {
  const seeds = Number(values.seeds ?? mutantSeeds)
  const began = performance.now()
  let toldAt = began
  const perSecond = (runs: number) => Math.round((runs * 1000) / (performance.now() - began))
  const onProgress = ({ totals, violations }: Findings): void => {
    if (!values.verbose && performance.now() - toldAt < 5000) return
    toldAt = performance.now()
    const { runs } = totals
    console.log(`${runs} runs, ${perSecond(runs)} a second, ${violations.length} violations`)
  }
  const { totals, violations } = await runSeeds({
    seeds: seedsFrom(from, seeds),
    workers,
    stopAtFirst: false,
    onProgress,
  })
  const { runs, steps, commits, deletedPacks, lives, faults } = totals
  console.log(
    `${runs} runs from seed ${from} (${perSecond(runs)} a second): ${steps} steps, ${commits} commits,`,
    `${deletedPacks} packs deleted, ${lives} process lives, ${faults} storage faults;`,
    `${violations.length} violations.`,
  )
  for (const [i, violation] of violations.slice(0, shownMax).entries()) show(violation, i === 0)
  return violations.length === 0
}

async function runMutant(name: string): Promise<boolean> {
  const seeds = Number(values.seeds ?? mutantSeeds)
  const request = { seeds: seedsFrom(from, seeds), workers, mutant: name, stopAtFirst: true }
  const { violations } = await runSeeds(request)
  const [first] = violations
  if (first === undefined) {
    console.log(`${name}: NOT caught within ${seeds} seeds`)
    return false
  }
  console.log(`${name}: caught at seed ${first.seed}: ${first.violation}`)
  if (values.verbose) show(first, true)
  return true
}

function show({ seed, violation, trace }: Violation, isWhole: boolean): void {
  console.log(`\nseed ${seed}: ${violation}`)
  if (isWhole) console.log(trace.join('\n'))
  else console.log(`  again: npm run sim -- --seeds 1 --from ${seed}`)
}

const names = values.mutants ? mutants.map(({ name }) => name) : [values.mutant ?? []].flat()
let isFine = true
for (const name of names) isFine = (await runMutant(name)) && isFine
if (names.length === 0) isFine = await runClean()
process.exitCode = isFine ? 0 : 1
