// An agent of a load run: identity, channel, journal and sessions are those of the product; the machine is given.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openAgentLink } from '#adapters/agent-link'
import { systemClock } from '#adapters/clock'
import {
  Connection,
  enrol,
  type Machine,
  type OpenLink,
  openWorker,
  parseActivation,
  ReceiptBook,
  readIdentity,
  runAgent,
  StateFolder,
  type WorkerPorts,
} from '#agent'
import type { ApiClient } from '#contract'
import type { CallTimes } from './call-times.ts'

export type Activation = {
  readonly address: string
  readonly fingerprint: string
  readonly code: string
}

export type LoadMachine = {
  readonly machine: Machine
  workerPorts(client: () => ApiClient): WorkerPorts
}

const version = '0.1.0'
const random = (length: number) => new Uint8Array(randomBytes(length))

export class LoadAgent {
  readonly #machine: LoadMachine
  readonly #folder: string
  readonly #openLink: OpenLink
  #heardAt = 0
  beats = 0
  longestSilenceMs = 0

  constructor(machine: LoadMachine, folder: string, times: CallTimes) {
    this.#machine = machine
    this.#folder = folder
    this.#openLink = (credentials) => {
      const link = openAgentLink(credentials)
      const fetch = times.around((address, init) => this.#watched(link.fetch, address, init))
      return { fetch, close: () => link.close() }
    }
  }

  async enrol(given: Activation): Promise<void> {
    const tools = {
      state: await StateFolder.open(this.#folder),
      openLink: this.#openLink,
      machine: this.#machine.machine,
      version,
      wallMs: () => Date.now(),
      random,
    }
    await enrol(parseActivation(given), tools, new AbortController().signal)
  }

  async run(signal: AbortSignal): Promise<void> {
    const state = await StateFolder.open(this.#folder)
    await using connection = new Connection(await readIdentity(state), this.#openLink, random)
    await runAgent(
      {
        connection,
        worker: openWorker(
          this.#machine.workerPorts(() => connection.data),
          new ReceiptBook(state, () => connection.identity, Date.now),
        ),
        machine: this.#machine.machine,
        hooks: { run: () => Promise.reject(new Error('this machine has no hooks')) },
        priority: { apply: () => [] },
        state,
        policyPath: join(this.#folder, 'no-policy.json'),
        version,
        ownDirectories: [],
        clock: systemClock(),
        random,
        log: { info: () => {}, warn: () => {} },
      },
      signal,
    )
  }

  /** Since the last call of this. */
  forgetSilence(): void {
    this.longestSilenceMs = 0
    this.beats = 0
  }

  async #watched(fetch: Fetch, address: string, init: RequestInit): Promise<Response> {
    const isBeat = typeof init.body === 'string' && init.body.includes('"kind":"heartbeat"')
    const response = await fetch(address, init)
    if (!isBeat || response.status !== 202) return response
    const now = performance.now()
    if (this.#heardAt > 0)
      this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.#heardAt)
    this.#heardAt = now
    this.beats++
    return response
  }
}

type Fetch = (address: string, init: RequestInit) => Promise<Response>
