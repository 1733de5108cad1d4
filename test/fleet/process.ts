// A server or an agent as a process of its own, as a person or a service manager starts it; its words are kept.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../house/source-files.ts'

export type Surroundings = {
  /** Home of the process, and what else it finds in its environment. */
  readonly home: string
  readonly variables?: Readonly<Record<string, string>>
  /** A network namespace: a host of its own. */
  readonly namespace?: string | undefined
  /** A machine of its own: it sees this name and this file as its machine id. */
  readonly machine?: { readonly name: string; readonly idFile: string }
}

const launcher = join(root, 'bin/holdfast.js')
// Compiled code is shared by all tests, or each start would strip every type again.
const cache = join(tmpdir(), 'holdfast-e2e-cache')
const wordsMax = 4 * 1024 * 1024

// Every step becomes the next one, so that all of it stays one process.
const becomeMachine = `[ -e /etc/machine-id ] || : > /etc/machine-id
mount --bind "$1" /etc/machine-id && hostname "$2" && shift 2 && exec "$@"`

function commandOf(
  words: readonly string[],
  { namespace, machine }: Surroundings,
): readonly string[] {
  return [
    ...(namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]),
    ...(machine === undefined
      ? []
      : [
          'unshare',
          '--mount',
          '--uts',
          'sh',
          '-c',
          becomeMachine,
          'sh',
          machine.idFile,
          machine.name,
        ]),
    process.execPath,
    launcher,
    ...words,
  ]
}

function environmentOf({ home, variables }: Surroundings): Readonly<Record<string, string>> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CACHE_HOME: cache, ...variables }
}

/** Runs a command to its end; this process does nothing else meanwhile. */
export function runProgram(
  words: readonly string[],
  surroundings: Surroundings,
  input = '',
): { readonly code: number | null; readonly out: string; readonly err: string } {
  const [program = '', ...rest] = commandOf(words, surroundings)
  const env = environmentOf(surroundings)
  const answer = spawnSync(program, rest, { env, input, encoding: 'utf8', timeout: 60_000 })
  return { code: answer.status, out: answer.stdout, err: answer.stderr }
}

export class Program {
  out = ''
  err = ''
  readonly #child: ChildProcess
  readonly ended: Promise<number | undefined>

  constructor(words: readonly string[], surroundings: Surroundings, input = '') {
    const [program = '', ...rest] = commandOf(words, surroundings)
    // A group of its own, so that no thread or child of it outlives a kill.
    this.#child = spawn(program, rest, {
      env: environmentOf(surroundings),
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stdin?.end(input)
    this.#child.stdout?.on('data', (data) => (this.out = (this.out + data).slice(-wordsMax)))
    this.#child.stderr?.on('data', (data) => (this.err = (this.err + data).slice(-wordsMax)))
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', (code) => resolve(code ?? undefined))
    })
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the process did not start')
    return pid
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** @returns the exit code once it is over; undefined: the signal ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL', patienceMs = 30_000): Promise<number | undefined> {
    if (!this.isOver) process.kill(signal === 'SIGKILL' ? -this.pid : this.pid, signal)
    const timer = setTimeout(() => {
      this.err += `\n(killed: it did not end within ${patienceMs} ms of ${signal})`
      if (!this.isOver) process.kill(-this.pid, 'SIGKILL')
    }, patienceMs)
    try {
      return await this.ended
    } finally {
      clearTimeout(timer)
    }
  }

  /** Memory that it holds now. */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  }
}
