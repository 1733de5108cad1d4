// Looks at the server from outside and says a line each minute.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Administrator } from './administrator.ts'
import type { Fleet } from './fleet.ts'
import { gaugeIn } from './metrics-text.ts'
import { cpuMsOf, loadAverage, residentBytesOf } from './process-facts.ts'
import type { ServerProcess } from './server-process.ts'

export type Minute = {
  readonly residentMiB: number
  readonly heapMiB: number
  /** Of the server's event loop, since it was read last. */
  readonly delayP99Ms: number
  readonly delayMaxMs: number
  /** Share of one core. */
  readonly serverCpu: number
  readonly fleetCpu: number
  readonly loadAverage: number
}

const mebibyte = 2 ** 20

type Parts = {
  readonly server: ServerProcess
  readonly administrator: Administrator
  readonly fleet: Fleet
  readonly tell: (line: string) => void
}

export class Watcher {
  readonly minutes: Minute[] = []
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  cpuMs(): number {
    return cpuMsOf(this.#parts.server.pid)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { fleet, tell } = this.#parts
    let before = { at: performance.now(), server: this.cpuMs(), fleet: cpuMsOf(fleet.pid) }
    for (;;) {
      await sleep(60_000, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      const now = { at: performance.now(), server: this.cpuMs(), fleet: cpuMsOf(fleet.pid) }
      const share = (of: 'server' | 'fleet') => (now[of] - before[of]) / (now.at - before.at)
      const minute = await this.#minute(share('server'), share('fleet'))
      before = now
      this.minutes.push(minute)
      tell(lineOf(this.minutes.length, minute))
    }
  }

  async #minute(serverCpu: number, fleetCpu: number): Promise<Minute> {
    const { server, administrator } = this.#parts
    const text = await administrator.metrics()
    const ms = (name: string) =>
      gaugeIn(text, `holdfast_nodejs_eventloop_lag_${name}_seconds`) * 1e3
    return {
      residentMiB: residentBytesOf(server.pid) / mebibyte,
      heapMiB: gaugeIn(text, 'holdfast_nodejs_heap_size_used_bytes') / mebibyte,
      delayP99Ms: ms('p99'),
      delayMaxMs: ms('max'),
      serverCpu,
      fleetCpu,
      loadAverage: loadAverage(),
    }
  }
}

function lineOf(number: number, minute: Minute): string {
  const { residentMiB, heapMiB, delayP99Ms, delayMaxMs, serverCpu, fleetCpu, loadAverage } = minute
  return [
    `minute ${number}: server ${residentMiB.toFixed(0)} MiB (heap ${heapMiB.toFixed(0)})`,
    `${(serverCpu * 100).toFixed(0)}% of a core`,
    `event loop p99 ${delayP99Ms.toFixed(0)} ms, max ${delayMaxMs.toFixed(0)} ms`,
    `fleet ${(fleetCpu * 100).toFixed(0)}%`,
    `load ${loadAverage}`,
  ].join(', ')
}
