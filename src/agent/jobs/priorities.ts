/** The priority of the process out of those of its jobs (D3): it counts from a job's start to its end, for restores too. */
import type { PriorityControl, PriorityRequest } from '../ports.ts'

/** Of an agent that has nothing to do: it must answer its server. */
const idle: PriorityRequest = { nice: 0, io: 'usual', coresMax: undefined }
const ioOrder = ['idle', 'lowest', 'usual'] as const

export class Priorities {
  readonly #control: PriorityControl
  readonly #held = new Set<PriorityRequest>()

  constructor(control: PriorityControl) {
    this.#control = control
  }

  /** @returns what could not be set, and what ends it */
  hold(request: PriorityRequest): Disposable & { readonly warnings: readonly string[] } {
    this.#held.add(request)
    const warnings = this.#control.apply(combine([...this.#held]))
    return {
      warnings,
      [Symbol.dispose]: () => {
        this.#held.delete(request)
        this.#control.apply(combine([...this.#held]))
      },
    }
  }
}

/** Jobs share the process: it has the cores of all of them together, and the rank of the highest. */
export function combine(requests: readonly PriorityRequest[]): PriorityRequest {
  if (requests.length === 0) return idle
  const ranks = requests.map(({ io }) => ioOrder.indexOf(io))
  const cores = requests.map(({ coresMax }) => coresMax ?? Number.POSITIVE_INFINITY)
  const sum = cores.reduce((a, b) => a + b, 0)
  return {
    nice: Math.min(...requests.map(({ nice }) => nice)),
    io: ioOrder[Math.max(...ranks)] ?? 'usual',
    coresMax: Number.isFinite(sum) ? sum : undefined,
  }
}
