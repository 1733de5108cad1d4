// A server or an agent as a process of its own. What it says goes into a file; it ends with the process that started it.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export type ProgramSettings = {
  readonly words: readonly string[]
  /** Takes the file of what it says, and is its home. */
  readonly home: string
  readonly name: string
  readonly variables?: Readonly<Record<string, string>>
  /** Makes it a machine of its own: it sees this file as its machine id, and its name as its host's. */
  readonly idFile?: string
  readonly input?: string
}

/** The same program as under the adapter of the command line: both bundles, or both what OURS_BIN names. */
const ours = (process.env['OURS_BIN'] ?? '').split(' ').filter(Boolean)
const bundle = join(import.meta.dirname, '../../dist/holdfast.js')

// Every step becomes the next one, so that all of it stays one process.
const becomeMachine = `[ -e /etc/machine-id ] || : > /etc/machine-id
mount --bind "$1" /etc/machine-id && hostname "$2" && shift 2 && exec "$@"`

const patienceMs = 15_000
const lookEveryMs = 20

export class Program implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | undefined>
  readonly #name: string
  readonly #log: string

  constructor({ words, home, name, variables = {}, idFile, input = '' }: ProgramSettings) {
    const holdfast = ours.length > 0 ? ours : [process.execPath, bundle]
    const machine =
      idFile === undefined
        ? []
        : ['unshare', '--mount', '--uts', 'sh', '-c', becomeMachine, 'sh', idFile, name]
    this.#name = name
    this.#log = join(home, `${name}.log`)
    const log = openSync(this.#log, 'a')
    this.#child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', ...machine, ...holdfast, '--json', ...words],
      {
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: home,
          XDG_CACHE_HOME: join(home, 'cache'),
          HOLDFAST_LOG: 'warn',
          // Shared, as code is on a machine: else each start would compile all of it again.
          NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(home, 'compiled'),
          ...variables,
        },
        stdio: ['pipe', log, log],
      },
    )
    closeSync(log)
    this.#child.stdin?.end(input)
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', (code) => resolve(code ?? undefined))
    })
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`${this.#name} did not start`)
    return pid
  }

  get said(): string {
    return readFileSync(this.#log, 'utf8')
  }

  /** Waits until it has said this. */
  async says(pattern: RegExp, limitMs = 60_000): Promise<RegExpExecArray> {
    return await until(`${this.#name} says ${pattern.source}`, limitMs, () => {
      const found = pattern.exec(this.said)
      if (found === null && this.#isOver) throw new Error(`${this.#name} ended: ${this.said}`)
      return found ?? undefined
    })
  }

  /** Waits until it ends by itself. */
  async succeed(): Promise<void> {
    const code = await this.#ended
    if (code !== 0) throw new Error(`${this.#name} ended with ${code}: ${this.said}`)
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#child.kill('SIGTERM')
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs)
    await this.#ended
    clearTimeout(limit)
  }
}

/** @returns the first answer that is not undefined */
export async function until<Answer>(
  what: string,
  limitMs: number,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
): Promise<Answer> {
  const endsAt = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > endsAt) throw new Error(`${what}: not within ${limitMs} ms`)
    await delay(lookEveryMs)
  }
}
