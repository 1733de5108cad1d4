// Runs the real program as a user would: the launcher, this Node, an empty home.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { root } from '../house/source-files.ts'

export type Answer = {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

type Options = {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Run as this user, when the test runs as root. */
  readonly uid?: number
}

const launcher = join(root, 'bin/holdfast.js')
// Compiled code is shared by all tests, or each start would strip every type again.
const cache = join(tmpdir(), 'holdfast-e2e-cache')

/** A folder of its own with a vault's place, a key file's place and a source. */
export class Desk {
  readonly folder: string
  readonly vault: string
  readonly keyFile: string
  readonly source: string
  readonly #atEnd: (() => void)[] = []

  constructor(context: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'))
    this.#atEnd.push(() => rmSync(this.folder, { recursive: true, force: true }))
    context.after(() => {
      for (const step of this.#atEnd.toReversed()) step()
    })
    this.vault = join(this.folder, 'vault')
    this.keyFile = join(this.folder, 'key')
    this.source = join(this.folder, 'source')
    mkdirSync(this.source)
  }

  /** Also when the test fails, before the folder goes; the last first. */
  atEnd(step: () => void): void {
    this.#atEnd.push(step)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  run(words: readonly string[], options: Options = {}): Answer {
    const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
      encoding: 'utf8',
      env: this.#environment(options),
      cwd: this.folder,
      input: options.input ?? '',
      // For a machine that is busy with everything else; who hangs is ended by it.
      timeout: 500_000,
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    })
    return { code: status, out: stdout, err: stderr }
  }

  /** Runs and insists on success. */
  do(words: readonly string[], options: Options = {}): string {
    const { code, out, err } = this.run(words, options)
    if (code !== 0) throw new Error(`holdfast ${words.join(' ')} ended with ${code}: ${err}${out}`)
    return out
  }

  start(words: readonly string[], options: Options = {}): ChildProcess {
    const child = spawn(process.execPath, [launcher, ...words], {
      env: this.#environment(options),
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // A program that outlives a failed test would keep the test alive.
    this.atEnd(() => child.kill('SIGKILL'))
    return child
  }

  #environment({ env = {} }: Options): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      XDG_CACHE_HOME: cache,
      HOLDFAST_VAULT: this.vault,
      HOLDFAST_KEY_FILE: this.keyFile,
      ...env,
    }
  }
}

export type Line = { readonly event: string; readonly [key: string]: unknown }

/** Every line is JSON with an event, or the test fails. */
export function readEvents(text: string): readonly Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value: unknown = JSON.parse(line)
      if (typeof value !== 'object' || value === null || !('event' in value))
        throw new Error(`a line without an event: ${line}`)
      return { ...value, event: String(value.event) }
    })
}
