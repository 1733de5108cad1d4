/** Handlers of the group `server`: health, readiness, metrics, the description of the API, and events. */
import { failure } from '#base'
import { openApiDocument, type RegionId, type ServerEvent, type ServerFacts } from '#contract'
import { findAlertRegion, findInstanceRegion } from '../catalog/server-watch.ts'
import type { HandlersOf } from '../handler.ts'
import { accountOf } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'
import type { Metrics } from '../metrics.ts'
import { Readiness } from './readiness.ts'

/** Asked each time: certificates are renewed, and ports may be any. */
export type FindFacts = () => Omit<ServerFacts, 'version'>

export function serverHandlers(
  kernel: ServerKernel,
  metrics: Metrics,
  findFacts: FindFacts,
): HandlersOf<'server'> {
  const { version, events } = kernel
  const readiness = new Readiness(kernel)
  let description: string | undefined
  return {
    health: async () => ({ status: 'ok', version, problems: [] }),
    async readiness() {
      const problems = await readiness.problems()
      if (problems.length > 0) throw failure('server.not-ready')
      return { status: 'ok', version, problems: [] }
    },
    async metrics() {
      const text = await metrics.text()
      return { content: once(new TextEncoder().encode(text)), media: metrics.media }
    },
    facts: async () => ({ version, ...findFacts() }),
    async openapi() {
      description ??= JSON.stringify(openApiDocument(version))
      return description
    },
    async events({ query }, { identity, signal }) {
      const watched = events.watch(accountOf(identity), signal)
      return query.regionId === undefined ? watched : inRegion(kernel, watched, query.regionId)
    },
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const instancesKnownMax = 10_000

async function* inRegion(
  kernel: ServerKernel,
  events: AsyncIterable<ServerEvent>,
  regionId: RegionId,
): AsyncGenerator<ServerEvent> {
  // An instance stays in its region; progress comes every second.
  const regions = new Map<string, string | null | undefined>()
  for await (const event of events) {
    const key = placeOf(event)
    if (!regions.has(key)) {
      if (regions.size >= instancesKnownMax) regions.clear()
      regions.set(key, await regionOf(kernel, event))
    }
    const region = regions.get(key)
    // What concerns no region concerns all of them.
    if (region === null || region === regionId) yield event
  }
}

function placeOf(event: ServerEvent): string {
  switch (event.kind) {
    case 'alert.raised':
      return event.alertId
    case 'records.changed':
    case 'stream.gap':
      return ''
    default:
      return event.instanceId
  }
}

async function regionOf(
  { catalog }: ServerKernel,
  event: ServerEvent,
): Promise<string | null | undefined> {
  switch (event.kind) {
    case 'alert.raised':
      return await findAlertRegion(catalog.db, event.alertId)
    case 'records.changed':
    case 'stream.gap':
      return null
    default:
      return await findInstanceRegion(catalog.db, event.instanceId)
  }
}
