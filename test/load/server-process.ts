// The real server, as a process of its own: started as a user would, watched from outside.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../house/source-files.ts'

export type ServerSettings = {
  readonly folder: string
  /** A URL, or "sqlite". */
  readonly catalog: string
  /** Folder for a profile of its main thread, written when it ends; undefined: none. */
  readonly profile: string | undefined
}

export type ServerStory = {
  readonly address: string
  readonly fingerprint: string
  readonly setupCode: string
}

/** Lines of the log that say that something went wrong, by what they say. */
export type Complaints = ReadonlyMap<string, number>

export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #complaints = new Map<string, number>()
  readonly story: Promise<ServerStory>

  constructor({ folder, catalog, profile }: ServerSettings) {
    const words = [
      '--json',
      'server',
      'run',
      '--data',
      join(folder, 'data'),
      '--listen',
      '127.0.0.1:0',
    ]
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    this.#child = spawn(
      process.execPath,
      [...flags, join(root, 'bin/holdfast.js'), ...words, '--catalog', catalog],
      {
        env: { PATH: process.env['PATH'] ?? '', HOME: folder, HOLDFAST_LOG: 'warn' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    this.story = this.#listen()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get complaints(): Complaints {
    return this.#complaints
  }

  async #listen(): Promise<ServerStory> {
    const { promise, resolve, reject } = Promise.withResolvers<ServerStory>()
    this.#child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    const { stdout } = this.#child
    if (stdout === null) throw new Error('the server has an output')
    createInterface(stdout).on('line', (line) => {
      const said: Readonly<Record<string, unknown>> = JSON.parse(line)
      if (said['event'] === 'listening') {
        const { address, fingerprint, setupCode } = said
        resolve({
          address: String(address),
          fingerprint: String(fingerprint),
          setupCode: String(setupCode),
        })
        return
      }
      const message = `${said['level']}: ${said['message']}`
      const count = (this.#complaints.get(message) ?? 0) + 1
      this.#complaints.set(message, count)
      if (count === 1) process.stderr.write(`${line.slice(0, 1_500)}\n`)
    })
    return await promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await ended
  }
}
