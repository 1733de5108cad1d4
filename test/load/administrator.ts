// A person at the console, and what a load run asks of the server as that person.

import { randomBytes } from 'node:crypto'
import { openAgentLink } from '#adapters/agent-link'
import { type ApiClient, type Job, openClient, type Plan, type RegionId, routes } from '#contract'
import { CallTimes } from './call-times.ts'
import type { ServerStory } from './server-process.ts'

const everything = ['read', 'backup', 'restore', 'administer'] as const
export const region = 'default' as RegionId

const triesMax = 20
const pauseMs = 1_000

type Fetch = (address: string, init: RequestInit) => Promise<Response>

/** A server that does not answer is counted, and asked again: the run goes on. */
function patiently(fetch: Fetch): Fetch {
  return async (address, init) => {
    for (let tries = 1; ; tries++) {
      try {
        return await fetch(address, init)
      } catch (problem) {
        if (tries === triesMax) throw problem
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }
}

export class Administrator implements AsyncDisposable {
  readonly client: ApiClient
  readonly times: CallTimes
  readonly #close: () => Promise<void>

  private constructor(client: ApiClient, times: CallTimes, close: () => Promise<void>) {
    this.client = client
    this.times = times
    this.#close = close
  }

  /** Becomes the first administrator of a server without one, and works with a token from then on. */
  static async open({ address, fingerprint, setupCode }: ServerStory): Promise<Administrator> {
    const link = openAgentLink({
      trust: { kind: 'fingerprint', sha256: fingerprint.replace('sha256:', '') },
    })
    const password = randomBytes(18).toString('base64url')
    let cookie = ''
    const headers: Record<string, string> = {}
    const options = { address, newKey: () => randomBytes(16).toString('hex') }
    const first = openClient({
      ...options,
      headers: () => headers,
      fetch: async (to, init) => {
        const response = await link.fetch(to, init)
        cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? ''
        return response
      },
    })
    const { csrf } = await first.call(routes.setup.firstAdministrator, {
      body: {
        setupCode,
        accountName: 'fleet',
        name: 'Ann',
        email: 'ann@example.com',
        password,
        timeZone: 'UTC',
      },
    })
    Object.assign(headers, { cookie, 'holdfast-csrf': csrf })
    const { secret } = await first.call(routes.tokens.create, {
      body: { name: 'load', scopes: everything, password },
    })
    const times = new CallTimes()
    const client = openClient({
      ...options,
      headers: () => ({ authorization: `Bearer ${secret}` }),
      fetch: patiently(times.around(link.fetch)),
    })
    return new Administrator(client, times, () => link.close())
  }

  async makeCodes(count: number): Promise<readonly string[]> {
    const codes: string[] = []
    const body = { regionId: region, activate: true }
    for (let at = 0; at < count; at++) {
      const { secret } = await this.client.call(routes.activationCodes.create, { body })
      codes.push(secret)
    }
    return codes
  }

  async plans(): Promise<readonly Plan[]> {
    return await Array.fromAsync(this.client.list(routes.plans.list, { query: { limit: 200 } }))
  }

  async jobs(): Promise<readonly Job[]> {
    return await Array.fromAsync(this.client.list(routes.jobs.list, { query: { limit: 200 } }))
  }

  /** As Prometheus reads them. */
  async metrics(): Promise<string> {
    const stream = await this.client.stream(routes.server.metrics, {})
    return Buffer.concat(await Array.fromAsync(stream)).toString()
  }

  /** Looks at one page after the other, five a second, as people do who watch. */
  async watch(signal: AbortSignal): Promise<void> {
    const { client } = this
    const looks = [
      () => client.call(routes.instances.list, { query: { limit: 50 } }),
      () => client.call(routes.jobs.list, { query: { limit: 50 } }),
      () => client.call(routes.overview.get, {}),
      () => this.#versionsOfSome(),
      () => client.call(routes.alerts.list, { query: { limit: 50 } }),
    ]
    const underWay = new Set<Promise<unknown>>()
    for (let at = 0; !signal.aborted; at++) {
      const look = looks[at % looks.length]?.().catch(() => {}) ?? Promise.resolve()
      underWay.add(look)
      void look.finally(() => underWay.delete(look))
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await Promise.all(underWay)
  }

  #some: Plan['instanceId'][] = []
  async #versionsOfSome(): Promise<void> {
    if (this.#some.length === 0) {
      const { items } = await this.client.call(routes.plans.list, { query: { limit: 200 } })
      this.#some = items.map(({ instanceId }) => instanceId)
    }
    const instanceId = this.#some[Math.floor(Math.random() * this.#some.length)]
    if (instanceId === undefined) return
    await this.client.call(routes.versions.list, { path: { instanceId }, query: { limit: 50 } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
