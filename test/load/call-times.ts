// How long calls took, by route, and how many failed: counted where they are made.

import { pathOf, routeList } from '#contract'

/** Milliseconds. */
export type Spread = {
  readonly count: number
  readonly failed: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

type Fetch = (address: string, init: RequestInit) => Promise<Response>
type Count = { times: number[]; failed: number }

const patterns = routeList.map((named) => ({
  name: named.name,
  method: named.route.method,
  path: new RegExp(`^${pathOf(named.route).replace(/\{\w+\}/g, '[^/]+')}$`),
}))

function nameOf(address: string, method = 'GET'): string {
  const { pathname } = new URL(address)
  const found = patterns.find((one) => one.method === method && one.path.test(pathname))
  return found?.name ?? `${method} ${pathname}`
}

/** Their answers are waited for, or they are as long as what they carry. */
const dataRoutes = /^(?:sessions\.|agent\.assignments$)/

export class CallTimes {
  #counts = new Map<string, Count>()
  readonly refusals = new Map<string, number>()

  /** The same, with its times noted. */
  around(fetch: Fetch): Fetch {
    return async (address, init) => {
      const name = nameOf(address, init.method)
      const began = performance.now()
      try {
        const response = await fetch(address, init)
        this.#note(name, performance.now() - began, response.status < 500)
        if (response.status >= 400) this.#refused(`${name} ${response.status}`)
        return response
      } catch (problem) {
        this.#note(name, performance.now() - began, init.signal?.aborted === true)
        if (init.signal?.aborted !== true) this.#refused(`${name} ${String(problem)}`)
        throw problem
      }
    }
  }

  #note(name: string, tookMs: number, isWell: boolean): void {
    const count = this.#counts.get(name) ?? { times: [], failed: 0 }
    this.#counts.set(name, count)
    count.times.push(tookMs)
    if (!isWell) count.failed++
  }

  #refused(what: string): void {
    this.refusals.set(what, (this.refusals.get(what) ?? 0) + 1)
  }

  /** What comes from now on is another phase. */
  clear(): void {
    this.#counts = new Map()
    this.refusals.clear()
  }

  byRoute(): Readonly<Record<string, Spread>> {
    const sorted = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(sorted.map(([name, count]) => [name, spreadOf([count])]))
  }

  /** Calls of the control plane: all that wait for nothing and carry no blocks. */
  control(): Spread {
    return spreadOf([...this.#counts].filter(([name]) => !dataRoutes.test(name)).map(([, c]) => c))
  }
}

function spreadOf(counts: readonly Count[]): Spread {
  const times = counts.flatMap((count) => count.times).sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10) / 10
  return {
    count: times.length,
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  }
}
