// One tool under test: its adapter, its repository, and the phases that it goes through. A phase
// counts only if what it produced proves right; what is wrong stands in the sample's problems.

import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compareTrees } from './compare.ts'
import type { DataSet } from './data-set.ts'
import { measure } from './measure.ts'

export const phases = [
  'first',
  'unchanged',
  'changed',
  'restore',
  'restore_file',
  'ls',
  'find',
  'check',
  'check_data',
  'prune',
] as const
export type Phase = (typeof phases)[number]

export type FigureName =
  | 'wallSeconds'
  | 'cpuSeconds'
  | 'largestProcessMiB'
  | 'allProcessesMiB'
  | 'othersCpuSeconds'
  | 'repositoryBytes'
  | 'addedBytes'
  | 'freedShare'
export type Figures = Partial<Readonly<Record<FigureName, number>>>
export type Sample = {
  readonly figures: Figures
  readonly problems: readonly string[]
  readonly isSupported: boolean
}

export type ToolSettings = {
  readonly adapters: string
  readonly work: string
  readonly restore: string
  readonly timeoutSeconds: number
  readonly nice: number
}

const unsupportedExitCode = 77
const problemsShownMax = 5
const tags: Partial<Readonly<Record<Phase, string>>> = {
  first: 'one',
  unchanged: 'two',
  changed: 'three',
}

export class Tool {
  readonly name: string
  readonly #settings: ToolSettings
  readonly #set: DataSet
  readonly #folder: string
  #tagsTaken: string[] = []

  constructor(name: string, set: DataSet, settings: ToolSettings) {
    this.name = name
    this.#settings = settings
    this.#set = set
    this.#folder = join(settings.work, name)
  }

  async initialise(): Promise<Sample> {
    await this.remove()
    mkdirSync(join(this.#folder, 'repository'), { recursive: true })
    mkdirSync(join(this.#folder, 'cache'))
    this.#tagsTaken = []
    return this.#run('init')
  }

  async version(): Promise<string> {
    mkdirSync(this.#folder, { recursive: true })
    await this.#run('version')
    return this.#output().trim()
  }

  async backup(phase: Phase): Promise<Sample> {
    const tag = tags[phase]
    if (tag === undefined) throw new Error(`${phase} is no backup`)
    this.#tagsTaken.push(tag)
    return this.#run('backup', tag, this.#set.source)
  }

  async restore({ isVerified }: { readonly isVerified: boolean }): Promise<Sample> {
    const target = this.#emptyTarget()
    const sample = await this.#run('restore', this.#latest(), target)
    const differences =
      isVerified && sample.isSupported ? compareTrees(this.#set.source, target) : []
    rmSync(target, { recursive: true, force: true })
    return withProblems(
      sample,
      differences.map(({ aspect, example }) => `${aspect}: ${example}`),
    )
  }

  async restoreFile(path: string): Promise<Sample> {
    const target = this.#emptyTarget()
    const sample = await this.#run('restore_file', this.#latest(), path, target)
    const wanted = readFileSync(join(this.#set.source, path))
    const found = listFiles(target).find((file) => basename(file) === basename(path))
    const isEqual = found !== undefined && readFileSync(found).equals(wanted)
    rmSync(target, { recursive: true, force: true })
    return withProblems(sample, isEqual ? [] : [`${path} did not come back as it was`])
  }

  async list(entriesMin: number): Promise<Sample> {
    const sample = await this.#run('ls', this.#latest())
    const lines = this.#output().split('\n').length - 1
    return withProblems(
      sample,
      lines >= entriesMin ? [] : [`${lines} lines for ${entriesMin} entries`],
    )
  }

  async find(name: string): Promise<Sample> {
    const sample = await this.#run('find', name)
    return withProblems(sample, this.#output().includes(name) ? [] : [`${name} was not found`])
  }

  async check(phase: 'check' | 'check_data'): Promise<Sample> {
    return this.#run(phase)
  }

  async prune(): Promise<Sample> {
    const bytesBefore = this.#repositoryBytes()
    const sample = await this.#run('prune', ...this.#tagsTaken.slice(0, -1))
    const freedBytes = bytesBefore - this.#repositoryBytes()
    return { ...sample, figures: { ...sample.figures, addedBytes: -freedBytes } }
  }

  /** Which share of what could go did go: a fresh repository of the kept state is the measure. */
  async withFreedShare(pruned: Sample): Promise<Sample> {
    const freedBytes = -(pruned.figures.addedBytes ?? 0)
    const keptBytes = this.#repositoryBytes()
    await this.initialise()
    const fresh = await this.#run('backup', 'fresh', this.#set.source)
    const freeableBytes = keptBytes + freedBytes - this.#repositoryBytes()
    const figures = { ...pruned.figures, freedShare: freedBytes / freeableBytes }
    return { ...pruned, figures, problems: [...pruned.problems, ...fresh.problems] }
  }

  async remove(): Promise<void> {
    if (existsSync(this.#keeper)) await this.#run('end')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #run(operation: string, ...args: readonly string[]): Promise<Sample> {
    const bytesBefore = this.#repositoryBytes()
    const { exitCode, ...figures } = await measure({
      script: join(this.#settings.adapters, `${this.name}.sh`),
      args: [operation, ...args],
      environment: {
        REPO: join(this.#folder, 'repository'),
        CACHE: join(this.#folder, 'cache'),
        SRC: this.#set.source,
        BENCH_PASS: 'bench',
        BENCH_RUNNER: String(process.pid),
      },
      beside: this.#beside(),
      folder: this.#folder,
      timeoutSeconds: this.#settings.timeoutSeconds,
      nice: this.#settings.nice,
    })
    const repositoryBytes = this.#repositoryBytes()
    const isSupported = exitCode !== unsupportedExitCode
    return {
      isSupported,
      figures: { ...figures, repositoryBytes, addedBytes: repositoryBytes - bytesBefore },
      problems: exitCode === 0 || !isSupported ? [] : [this.#describeExit(exitCode)],
    }
  }

  /** There while the adapter keeps processes running between its commands. */
  get #keeper(): string {
    return join(this.#folder, 'cache', 'keeper')
  }

  #beside(): readonly number[] {
    const file = join(this.#folder, 'cache', 'beside')
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').map(Number) : []
  }

  #describeExit(exitCode: number): string {
    const said = readFileSync(join(this.#folder, 'stderr'), 'utf8').trim().slice(-500)
    return `exit code ${exitCode}: ${said}`
  }

  #output(): string {
    return readFileSync(join(this.#folder, 'stdout'), 'latin1')
  }

  #latest(): string {
    return this.#tagsTaken.at(-1) ?? 'one'
  }

  #emptyTarget(): string {
    const target = join(this.#settings.restore, `${this.name}.restored`)
    rmSync(target, { recursive: true, force: true })
    mkdirSync(target, { recursive: true })
    return target
  }

  #repositoryBytes(): number {
    const files = listFiles(join(this.#folder, 'repository'))
    // A server that runs takes files of its own away meanwhile.
    const bytesOf = (file: string) => lstatSync(file, { throwIfNoEntry: false })?.size ?? 0
    return files.reduce((sum, file) => sum + bytesOf(file), 0)
  }
}

function withProblems(sample: Sample, found: readonly string[]): Sample {
  if (!sample.isSupported) return sample
  const shown = found.slice(0, problemsShownMax)
  const rest = found.length - shown.length
  return {
    ...sample,
    problems: [...sample.problems, ...shown, ...(rest > 0 ? [`and ${rest} more`] : [])],
  }
}

function listFiles(folder: string): string[] {
  const entries = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
    : []
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
