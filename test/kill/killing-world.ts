// Backups of a changing tree into a real vault, where the program is killed again and again in the middle of one of its jobs.
// After each blow all that was promised must hold: F02 of the research on reliability, on a real disk.

import { deepEqual, equal, ok } from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { compareTrees } from '../../bench/compare.ts'
import { type Random, seededRandom } from '../../bench/random.ts'
import { type Line, readEvents } from '../e2e/program.ts'
import { ChangingSource } from './changing-source.ts'
import {
  type Blow,
  describeBlow,
  type End,
  type Environment,
  runProgram,
} from './killed-process.ts'

export const verbs = ['backup', 'gc', 'expire', 'restore', 'verify'] as const
export type Verb = (typeof verbs)[number]

export type Round = {
  readonly verb: Verb
  readonly blow: string
  /** False when the program was done before the blow. */
  readonly killed: boolean
  /** The killed backup had come so far that its point stands. */
  readonly pointStands: boolean
  readonly restored: number
}

type Options = {
  readonly seed: number
  readonly files: number
  /** Every point is restored after each blow, or one that chance picks. */
  readonly restores: 'all' | 'one'
  /** Also kills just before chosen calls of the kernel, which needs strace. */
  readonly steps: boolean
}

type Kept = { readonly copy: string; readonly acknowledged: boolean }

// Where in a job it matters: files become durable by fsync, visible by link or rename, and go by unlink.
const steps: Readonly<Record<Verb, readonly string[]>> = {
  backup: ['fsync', 'link', 'unlink'],
  gc: ['fsync', 'link', 'unlink'],
  expire: ['fsync', 'link', 'unlink'],
  restore: ['linkat', 'renameat2', 'mkdirat', 'utimensat'],
  verify: ['openat'],
}
const stepsMax = 7
const startShare = 0.2
const pointsMin = 2
const pointsMax = 5

export class KillingWorld {
  readonly source: ChangingSource
  readonly vault: string
  readonly #folder: string
  readonly #options: Options
  readonly #random: Random
  readonly #kept = new Map<string, Kept>()
  readonly #usualMs = new Map<Verb, number>()

  constructor(folder: string, options: Options) {
    this.#folder = folder
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.vault = join(folder, 'vault')
    this.source = new ChangingSource(join(folder, 'source'), join(folder, 'copies'), this.#random)
  }

  /** Makes the vault, and runs every job once to its end, to know how long it takes. */
  async begin(): Promise<void> {
    this.source.fill(this.#options.files)
    await this.run(['init'])
    for (let i = 0; i < 2; i++) {
      await this.#backup()
      this.source.change()
    }
    await this.#backup()
    for (const verb of verbs) {
      if (verb === 'backup') continue
      this.#usualMs.set(verb, (await this.run(this.#wordsOf(verb))).tookMs)
      await this.#forgetGone()
    }
  }

  async round(): Promise<Round> {
    this.source.change()
    const verb = this.#random.chance(0.4) ? 'backup' : this.#pick(verbs)
    const blow = this.#aim(verb)
    const words = this.#wordsOf(verb)
    const going = verb === 'expire' ? words.slice(-1) : []
    const copy = this.source.keepCopy()
    const packsBefore = this.packBytes()
    const end = await runProgram(words, this.#environment(), blow)
    const killed = end.code === undefined
    if (blow.kind === 'moment') this.#learn(verb, end)
    if (!killed) equal(end.code, 0, `${verb}: ${end.err}${end.out}`)
    if (verb === 'backup' && !killed) this.#keep(end, copy)
    const stood = this.#kept.size
    const look = async () => {
      await this.#listPoints(going, verb === 'backup' ? copy : undefined)
      const pointStands = verb === 'backup' && this.#kept.size > stood
      return { pointStands, restored: await this.#restoreSome() }
    }
    const [seen] = await Promise.all([look(), this.#verify()])
    if (verb === 'restore') await this.#restoreAgain(words)
    else if (verb !== 'backup' && verb !== 'verify') await this.#runAgain(words, going)
    await this.#backupAgain(packsBefore)
    await this.#makeRoom()
    return { verb, blow: describeBlow(blow), killed, ...seen }
  }

  /** What all the blows have left behind, once nothing but the newest point is wanted. */
  async finish(): Promise<{ readonly packBytes: number; readonly freshBytes: number }> {
    for (const id of this.#kept.keys()) await this.#restoreAndCompare(id)
    const old = [...this.#kept.keys()].slice(0, -1)
    await this.run(['expire', '--at-once', '--no-keep-newest', ...old])
    for (let i = 0; i < 2; i++) await this.run(['gc', '--grace', '0d', '--min-dead', '0'])
    await this.run(['verify', '--read-data'])
    deepEqual(this.unfinishedFiles(), [], 'no file without a final name stays')
    const fresh = join(this.#folder, 'fresh vault')
    for (const words of [['init'], ['backup', this.source.folder]])
      await this.run([...words, '--vault', fresh])
    return {
      packBytes: bytesBelow(join(this.vault, 'pack')),
      freshBytes: bytesBelow(join(fresh, 'pack')),
    }
  }

  /** How long a job takes depends on what else the machine does; most blows must not come too late. */
  #learn(verb: Verb, end: End): void {
    const usual = this.#usualMs.get(verb) ?? end.tookMs
    this.#usualMs.set(
      verb,
      end.code === undefined ? usual * 1.08 : Math.min(usual, end.tookMs) * 0.9,
    )
  }

  async run(words: readonly string[]): Promise<End> {
    const end = await runProgram(words, this.#environment())
    equal(end.code, 0, `holdfast ${words.join(' ')}: ${end.err}${end.out}`)
    return end
  }

  packBytes(): number {
    return bytesBelow(join(this.vault, 'pack'))
  }

  unfinishedFiles(): readonly string[] {
    return fs.readdirSync(join(this.vault, 'tmp'))
  }

  async #backup(): Promise<readonly Line[]> {
    const copy = this.source.keepCopy()
    const end = await this.run(['backup', this.source.folder, '--json'])
    this.#usualMs.set('backup', end.tookMs)
    this.#keep(end, copy)
    return readEvents(end.out)
  }

  /** The next backup works as if nothing had been, and clears away what the dead process left half-written. */
  async #backupAgain(packsBefore: number): Promise<void> {
    const left = this.packBytes() - packsBefore
    const point = (await this.#backup()).at(-1)
    equal(point?.event, 'point')
    equal(point['status'], 'complete')
    deepEqual(
      this.unfinishedFiles(),
      [],
      `the next backup leaves no unfinished file (${left} left)`,
    )
  }

  #keep(end: End, copy: string): void {
    const id = readEvents(end.out).at(-1)?.['id']
    ok(typeof id === 'string', `no id in ${end.out}`)
    this.#kept.set(id, { copy, acknowledged: true })
  }

  async #verify(): Promise<void> {
    const end = await this.run(['verify', '--read-data', '--json'])
    const summary = readEvents(end.out).at(-1)
    deepEqual([summary?.event, summary?.['problems']], ['summary', 0], end.out)
  }

  /** Every acknowledged point must be listed; one whose backup was killed may be. */
  async #listPoints(going: readonly string[], copy: string | undefined): Promise<void> {
    const listed = readEvents((await this.run(['points', '--json'])).out).map(({ id }) =>
      String(id),
    )
    for (const id of listed) {
      if (this.#kept.has(id)) continue
      ok(copy !== undefined, `the point ${id} came from nowhere`)
      this.#kept.set(id, { copy, acknowledged: false })
    }
    for (const id of this.#kept.keys()) {
      if (listed.includes(id)) continue
      ok(going.includes(id), `the acknowledged point ${id} is gone`)
      this.#kept.delete(id)
    }
  }

  /** A restore that was killed goes on where it ended, and leaves nothing behind. */
  async #restoreAgain(words: readonly string[]): Promise<void> {
    const [id, target] = [words[1], words[3]]
    await this.run(words)
    deepEqual(compareTrees(this.#copyOf(id ?? ''), target ?? ''), [])
    fs.rmSync(target ?? '', { recursive: true, force: true })
  }

  async #runAgain(words: readonly string[], going: readonly string[]): Promise<void> {
    const wanted = going.filter((id) => !this.#kept.has(id))
    if (wanted.length === 0) await this.run(words)
    await this.#listPoints(going, undefined)
  }

  async #restoreSome(): Promise<number> {
    const ids = [...this.#kept.keys()]
    const some = this.#options.restores === 'all' ? ids : [this.#pick(ids)]
    for (const id of some) await this.#restoreAndCompare(id)
    return some.length
  }

  async #restoreAndCompare(id: string): Promise<void> {
    const target = this.#newTarget()
    await this.run(['restore', id, '--target', target])
    deepEqual(compareTrees(this.#copyOf(id), target), [], `the point ${id} came back otherwise`)
    fs.rmSync(target, { recursive: true, force: true })
  }

  async #makeRoom(): Promise<void> {
    if (this.#kept.size <= pointsMax) return
    const old = [...this.#kept.keys()].slice(0, -pointsMin)
    await this.run(['expire', '--at-once', ...old])
    for (const id of old) this.#kept.delete(id)
    await this.#forgetGone()
  }

  /** Copies that no point needs any more. */
  async #forgetGone(): Promise<void> {
    await this.#listPoints([...this.#kept.keys()], undefined)
    const needed = new Set([...this.#kept.values()].map(({ copy }) => copy))
    const copies = join(this.#folder, 'copies')
    for (const name of fs.readdirSync(copies)) {
      const copy = join(copies, name)
      if (!needed.has(copy)) fs.rmSync(copy, { recursive: true })
    }
  }

  #wordsOf(verb: Verb): readonly string[] {
    const ids = [...this.#kept.keys()]
    switch (verb) {
      case 'backup':
        return ['backup', this.source.folder, '--json']
      case 'gc':
        return ['gc', '--grace', '0d', '--min-dead', '0']
      case 'expire':
        return ['expire', '--at-once', '--no-keep-newest', this.#pick(ids)]
      case 'restore':
        return ['restore', this.#pick(ids), '--target', this.#newTarget()]
      case 'verify':
        return ['verify', '--read-data']
    }
  }

  #aim(verb: Verb): Blow {
    if (this.#options.steps && this.#random.chance(0.3)) {
      const number = 1 + this.#random.below(stepsMax)
      return { kind: 'step', call: this.#pick(steps[verb]), number }
    }
    // Before the program has loaded there is nothing to be hurt.
    const usual = this.#usualMs.get(verb) ?? 1000
    return { kind: 'moment', afterMs: usual * (startShare + this.#random.below(1000) / 1250) }
  }

  #newTarget(): string {
    return fs.mkdtempSync(join(this.#folder, 'target-'))
  }

  #copyOf(id: string): string {
    const kept = this.#kept.get(id)
    ok(kept !== undefined, `no copy was kept for ${id}`)
    return kept.copy
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)]
    ok(item !== undefined, 'nothing to pick from')
    return item
  }

  #environment(): Environment {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#folder,
      XDG_CACHE_HOME: join(this.#folder, 'cache'),
      HOLDFAST_VAULT: this.vault,
      HOLDFAST_KEY_FILE: join(this.#folder, 'key'),
    }
  }
}

export function bytesBelow(folder: string): number {
  if (!fs.existsSync(folder)) return 0
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(join(entry.parentPath, entry.name)).size, 0)
}
