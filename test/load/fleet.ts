// The simulated agents, as their parent sees them.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Spread } from './call-times.ts'

export type FleetOrder =
  | {
      readonly kind: 'enrol'
      readonly folder: string
      readonly address: string
      readonly fingerprint: string
      readonly codes: readonly string[]
    }
  | { readonly kind: 'start' | 'forget' | 'tell' | 'stop' }

export type FleetFacts = {
  readonly agents: number
  /** Agents that ended by themselves. */
  readonly failures: number
  /** Heartbeats that the server has. */
  readonly beats: number
  /** Of any agent, between two heartbeats that the server has. */
  readonly longestSilenceMs: number
  readonly routes: Readonly<Record<string, Spread>>
  readonly control: Spread
  readonly refusals: Readonly<Record<string, number>>
  /** Of the process that holds the agents: what it adds to the times that it sees. */
  readonly delayP99Ms: number
}

type Reply = { readonly facts?: FleetFacts; readonly problem?: string }

export class Fleet implements AsyncDisposable {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'fleet-process.ts'))

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async order(order: FleetOrder): Promise<FleetFacts> {
    this.#child.send(order)
    const [reply]: [Reply] = await (once(this.#child, 'message') as Promise<[Reply]>)
    if (reply.facts === undefined) throw new Error(`the fleet: ${reply.problem}`)
    return reply.facts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}
