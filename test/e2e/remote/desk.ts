// The program as a person at a terminal uses it, with a control server: words in, words out, questions answered.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fleet } from '../../fleet/world.ts'
import { root } from '../../house/source-files.ts'
import { type Line, readEvents } from '../program.ts'

const launcher = join(root, 'bin/holdfast.js')

export type Said = { readonly code: number | null; readonly out: string; readonly err: string }

/** A person with a home folder of their own. */
export class RemoteDesk {
  /** Of the server, as the person saw it. */
  fingerprint = ''
  readonly home: string
  readonly #variables: Readonly<Record<string, string>>

  constructor(fleet: Fleet, variables: Readonly<Record<string, string>> = {}) {
    this.home = join(fleet.folder, 'person')
    this.#variables = variables
  }

  run(words: readonly string[], input = ''): Said {
    const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
      env: this.environment,
      input,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { code: status, out: stdout, err: stderr }
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      XDG_CACHE_HOME: join(tmpdir(), 'holdfast-e2e-cache'),
      ...this.#variables,
    }
  }

  /** Runs and insists on success. */
  do(...words: readonly string[]): string {
    const { code, out, err } = this.run(words)
    if (code !== 0) throw new Error(`holdfast ${words.join(' ')} ended with ${code}: ${err}${out}`)
    return out
  }

  /** With --json, and insists on success. */
  events(...words: readonly string[]): readonly Line[] {
    return readEvents(this.do(...words, '--json'))
  }

  /** The first event of that kind. */
  event(kind: string, ...words: readonly string[]): Line {
    const found = this.events(...words).find(({ event }) => event === kind)
    if (found === undefined) throw new Error(`${words.join(' ')} told no ${kind}`)
    return found
  }

  /** A command that goes on for a while; what it says is given piece by piece. */
  start(words: readonly string[], onOut: (text: string) => void): Promise<number | null> {
    const child = spawn(process.execPath, [launcher, ...words], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.on('data', (data) => onOut(String(data)))
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
    return once(child, 'close').then(([code]) => {
      clearTimeout(timer)
      return code
    })
  }

  /** On a terminal: each answer is typed once its question is there. */
  async answering(
    words: readonly string[],
    answers: readonly (readonly [question: RegExp, answer: string])[],
  ): Promise<{ readonly code: number | null; readonly shown: string }> {
    const line = [process.execPath, launcher, ...words].map(quoted).join(' ')
    const child = spawn('script', ['-qfec', line, '/dev/null'], {
      env: this.environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let shown = ''
    let at = 0
    const waiting = [...answers]
    child.stdout.on('data', (data) => {
      shown += String(data)
      const [next] = waiting
      const found = next?.[0].exec(shown.slice(at))
      if (next === undefined || found === null || found === undefined) return
      at += found.index + found[0].length
      waiting.shift()
      child.stdin.write(`${next[1]}\n`)
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    const [code] = await once(child, 'close')
    clearTimeout(timer)
    return { code, shown }
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
