// Compares Holdfast with other tools on the same data, phase by phase and in turn, and judges the
// medians by the limits (npm run bench -- --sets DIR --set D1). See bench/README.md.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chooseFile, countTree, type DataSet, enterState, openDataSet } from './data-set.ts'
import { asksFreedShare } from './limits.ts'
import { describeMachine, type Results, type Run, toJson, toMarkdown } from './report.ts'
import { type Phase, phases, type Sample, Tool, type ToolSettings } from './tool.ts'

type Options = ToolSettings & {
  readonly sets: string
  readonly set: readonly string[]
  readonly tools: readonly string[]
  readonly rounds: number
  readonly ops: readonly Phase[]
  readonly verify: string
  readonly out: string
}

const options = readOptions()
process.once('SIGINT', () => process.exit(130))
for (const name of options.set) {
  const results = await benchSet(openDataSet(options.sets, name), options)
  console.log(`${toMarkdown(results)}\n`)
}

async function benchSet(set: DataSet, options: Options): Promise<Results> {
  enterState(set, 'a')
  const tools = options.tools.map((tool) => new Tool(tool, set, options))
  const versions: Record<string, string> = {}
  for (const tool of tools) versions[tool.name] = await tool.version()
  const runs: Run[] = []
  const results = { set: set.name, tree: countTree(set.source), machine: describeMachine() }
  mkdirSync(options.out, { recursive: true })
  const out = join(options.out, `${set.name}.raw.json`)
  try {
    for (let round = 1; round <= options.rounds; round += 1) {
      runs.push(...(await benchRound({ tools, set, round, options })))
      writeFileSync(out, toJson({ ...results, versions, runs }))
    }
  } finally {
    enterState(set, 'a')
    for (const tool of tools) await tool.remove()
  }
  return { ...results, versions, runs }
}

type Round = {
  readonly tools: readonly Tool[]
  readonly set: DataSet
  readonly round: number
  readonly options: Options
}

/** Each phase for all tools before the next phase; every other round goes the other way about. */
async function benchRound({ tools, set, round, options }: Round): Promise<readonly Run[]> {
  const order = round % 2 === 1 ? tools : tools.toReversed()
  const failed = new Set<string>()
  const runs: Run[] = []
  enterState(set, 'a')
  const steps: readonly ('init' | Phase)[] = ['init', ...options.ops]
  for (const phase of steps) {
    if (phase === 'changed') enterState(set, 'b')
    const perform = preparePhase(phase, { set, isVerified: isVerified(options, round), round })
    for (const tool of order.filter(({ name }) => !failed.has(name))) {
      flush(options.work)
      const sample = await perform(tool)
      runs.push({ tool: tool.name, phase, round, ...sample })
      logRun(set, runs.at(-1))
      // Without its backup, the later phases of a tool would measure nothing.
      if (isBackup(phase) && sample.problems.length > 0) failed.add(tool.name)
    }
  }
  return runs
}

type PhaseContext = { readonly set: DataSet; readonly isVerified: boolean; readonly round: number }

/** What the phase needs is found out once, before the first tool starts. */
function preparePhase(
  phase: 'init' | Phase,
  { set, isVerified, round }: PhaseContext,
): (tool: Tool) => Promise<Sample> {
  switch (phase) {
    case 'init':
      return (tool) => tool.initialise()
    case 'first':
    case 'unchanged':
    case 'changed':
      warm(set)
      return (tool) => tool.backup(phase)
    case 'restore':
      return (tool) => tool.restore({ isVerified })
    case 'restore_file': {
      const path = chooseFile(set)
      return (tool) => tool.restoreFile(path)
    }
    case 'ls': {
      const { files, folders, others } = countTree(set.source)
      return (tool) => tool.list(files + folders + others)
    }
    case 'find': {
      const name = basename(chooseFile(set))
      return (tool) => tool.find(name)
    }
    case 'check':
    case 'check_data':
      return (tool) => tool.check(phase)
    case 'prune':
      return (tool) => prune(tool, round === 1 && asksFreedShare(set.name))
  }
}

async function prune(tool: Tool, wantsFreedShare: boolean): Promise<Sample> {
  const sample = await tool.prune()
  return wantsFreedShare && sample.isSupported ? tool.withFreedShare(sample) : sample
}

function isBackup(phase: string): boolean {
  return phase === 'init' || phase === 'first' || phase === 'unchanged' || phase === 'changed'
}

function isVerified({ verify }: Options, round: number): boolean {
  return verify === 'all' || (verify === 'first' && round === 1)
}

/** Brings the source into the page cache: the first tool must not pay for the others. */
function warm(set: DataSet): void {
  spawnSync('bash', ['-c', 'find "$1" -type f -exec cat {} + > /dev/null', 'warm', set.source])
}

/** Writes out what earlier runs left dirty: they must not slow down this one. */
function flush(folder: string): void {
  spawnSync('sync', ['-f', folder])
}

function logRun(set: DataSet, run: Run | undefined): void {
  if (run === undefined || !run.isSupported) return
  const { wallSeconds = 0, cpuSeconds = 0, allProcessesMiB = 0, othersCpuSeconds = 0 } = run.figures
  const figures = `wall ${wallSeconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${allProcessesMiB.toFixed(0)} MiB`
  const noise = `others ${othersCpuSeconds.toFixed(2)} CPU s`
  const problem = run.problems.length > 0 ? `, PROBLEM ${run.problems[0]}` : ''
  console.error(
    `${set.name} round ${run.round} ${run.phase} ${run.tool}: ${figures}; ${noise}${problem}`,
  )
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      sets: { type: 'string', default: process.env['BENCH_SETS'] ?? '' },
      set: { type: 'string', default: 'D1' },
      tools: { type: 'string', default: 'ours,restic,tar' },
      rounds: { type: 'string', default: '3' },
      ops: { type: 'string', default: phases.join(',') },
      work: { type: 'string', default: join(tmpdir(), 'holdfast-bench') },
      restore: { type: 'string' },
      adapters: { type: 'string', default: join(import.meta.dirname, 'adapters') },
      verify: { type: 'string', default: 'first' },
      nice: { type: 'string', default: '0' },
      timeout: { type: 'string', default: '900' },
      out: { type: 'string', default: join(import.meta.dirname, 'results') },
    },
  })
  if (values.sets === '') throw new Error('--sets DIR is missing: where the data sets are')
  const wanted = values.ops.split(',')
  const unknown = wanted.filter((op) => !phases.some((phase) => phase === op))
  if (unknown.length > 0) throw new Error(`unknown --ops: ${unknown}; there are ${phases}`)
  const work = resolve(values.work)
  mkdirSync(work, { recursive: true })
  return {
    sets: resolve(values.sets),
    set: values.set.split(','),
    tools: values.tools.split(','),
    rounds: Number(values.rounds),
    ops: phases.filter((phase) => wanted.includes(phase)),
    verify: values.verify,
    out: resolve(values.out),
    adapters: resolve(values.adapters),
    work,
    restore: resolve(values.restore ?? work),
    timeoutSeconds: Number(values.timeout),
    nice: Number(values.nice),
  }
}
