/**
 * A load run: the real server process, simulated agents with real certificates over TLS, real backups beside them, and a
 * person who watches. First every agent comes and makes its first backup, which nobody plans; then the plans fall due, and
 * what happens then is measured.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, routes } from '#contract'
import { openCatalog } from '#server'
import { catalogPorts } from '../catalog/catalog-ports.ts'
import { Administrator } from './administrator.ts'
import type { Spread } from './call-times.ts'
import { Fleet, type FleetFacts } from './fleet.ts'
import { bucketsIn, shareWithin } from './metrics-text.ts'
import { loadAverage } from './process-facts.ts'
import { makeTrees, RealAgents } from './real-agents.ts'
import { judgePunctuality, type Punctuality, spreadSchedules } from './schedule.ts'
import { ServerProcess } from './server-process.ts'
import { type Minute, Watcher } from './watcher.ts'

export type LoadOptions = {
  readonly agents: number
  /** How long the measured part lasts at least. */
  readonly minutes: number
  /** Minutes over which the plans fall due. */
  readonly spreadMinutes: number
  /** Real backups beside them. */
  readonly backups: number
  readonly treeBytes: number
  readonly catalog: string
  /** Without the first backups that activation asks for: those of the schedules are the first then. */
  readonly onlyScheduled: boolean
  readonly profile: string | undefined
}

export type LoadReport = {
  readonly enrolledMs: number
  readonly firstBackups: {
    readonly tookMs: number
    readonly states: Readonly<Record<string, number>>
    readonly control: Spread
    readonly loadAverage: number
  }
  readonly measuredMs: number
  readonly schedules: Punctuality
  readonly fleet: FleetFacts
  /** Heartbeats that came, of those that should have. */
  readonly beatsShare: number
  readonly console: Spread
  readonly consoleRoutes: Readonly<Record<string, Spread>>
  /** By the server's own count: of the control routes, how many calls took at most 100 and 250 ms. */
  readonly within100Ms: number
  readonly within250Ms: number
  readonly real: Readonly<Record<string, number>>
  readonly realBytes: number
  readonly minutes: readonly Minute[]
  readonly cpuMsPerCall: number
  readonly complaints: Readonly<Record<string, number>>
  readonly clientsLost: number
}

type Tell = (line: string) => void

const lookMs = 1_000
const firstBackupsMaxMs = 15 * 60_000
const lastBackupsMaxMs = 3 * 60_000
const beatMs = 15_000

export async function runLoad(options: LoadOptions, tell: Tell): Promise<LoadReport> {
  await using ends = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-load-'))
  // Each real machine has a disk of its own; thousands of journals on ours would only measure it.
  const memory = mkdtempSync(join('/dev/shm', 'holdfast-load-'))
  for (const one of [folder, memory])
    ends.defer(() => rmSync(one, { recursive: true, force: true }))
  mkdirSync(join(folder, 'agents'))
  const { backups, treeBytes } = options
  const trees = await makeTrees(folder, { count: backups, bytes: treeBytes })
  const server = ends.use(new ServerProcess({ ...options, folder }))
  const story = await server.story
  const administrator = ends.use(await Administrator.open(story))
  const fleet = ends.use(new Fleet())
  const parts = { options, tell, server, administrator, fleet }
  const enrolledMs = await enrolAll(parts, memory, story)
  if (options.onlyScheduled) await takeBackAsked(options, folder)
  const real = ends.use(new RealAgents(trees))
  real.start(join(folder, 'agents'), story, await administrator.makeCodes(backups))
  return { enrolledMs, ...(await measure(parts, real)) }
}

/** Before any agent has come: nobody has been given a run yet. */
async function takeBackAsked({ catalog: place }: LoadOptions, folder: string): Promise<void> {
  const path = join(folder, 'data', 'catalog.db')
  const kept =
    place === 'sqlite'
      ? ({ kind: 'sqlite', path } as const)
      : ({ kind: 'postgres', url: place } as const)
  await using catalog = await openCatalog(kept, catalogPorts)
  await catalog.db.updateTable('plans').set({ askedAt: null }).execute()
}

type Parts = {
  readonly options: LoadOptions
  readonly tell: Tell
  readonly server: ServerProcess
  readonly administrator: Administrator
  readonly fleet: Fleet
}

async function enrolAll(
  { options, administrator, fleet, tell }: Parts,
  folder: string,
  { address, fingerprint }: Awaited<ServerProcess['story']>,
): Promise<number> {
  const began = performance.now()
  const codes = await administrator.makeCodes(options.agents)
  const codesMs = Math.round(performance.now() - began)
  const { routes } = await fleet.order({ kind: 'enrol', folder, address, fingerprint, codes })
  const tookMs = Math.round(performance.now() - began)
  tell(`${options.agents} agents enrolled in ${tookMs} ms (${codesMs} ms of it for their codes)`)
  tell(`  ${JSON.stringify({ ...administrator.times.byRoute(), ...routes })}`)
  return tookMs
}

async function measure(parts: Parts, real: RealAgents): Promise<Omit<LoadReport, 'enrolledMs'>> {
  const { options, tell, server, administrator, fleet } = parts
  const watching = new AbortController()
  const { signal } = watching
  await fleet.order({ kind: 'forget' })
  await fleet.order({ kind: 'start' })
  const person = administrator.watch(signal)
  const watcher = new Watcher(parts)
  const watched = watcher.run(signal)
  const firstBackups = await firstBackupsOf(parts)
  const busy = options.backups > 0 ? real.keepBusy(administrator, signal) : undefined
  const plans = await real.otherPlans(administrator)
  await fleet.order({ kind: 'forget' })
  administrator.times.clear()
  const [before, began, cpuBefore] = [await administrator.metrics(), Date.now(), watcher.cpuMs()]
  const lastDueAt = await spreadSchedules(administrator, plans, options.spreadMinutes)
  tell(`the last of ${plans.length} plans is due at ${new Date(lastDueAt).toISOString()}`)
  const until = Math.max(lastDueAt + 2_000, began + options.minutes * 60_000)
  while (Date.now() < until) await sleep(lookMs)
  const jobs = await untilScheduledEnded(parts, plans.length)
  const facts = await fleet.order({ kind: 'tell' })
  const measuredMs = Date.now() - began
  const after = await administrator.metrics()
  const cpuMs = watcher.cpuMs() - cpuBefore
  const [console, consoleRoutes] = [administrator.times.control(), administrator.times.byRoute()]
  watching.abort()
  await Promise.all([person, watched, busy])
  const clientsLost = await lostClients(administrator)
  await fleet.order({ kind: 'stop' })
  const [early, late] = [before, after].map((text) => bucketsIn(text, isControl))
  const within = (seconds: number) => shareWithin(early ?? new Map(), late ?? new Map(), seconds)
  const calls =
    (late?.get(Number.POSITIVE_INFINITY) ?? 0) - (early?.get(Number.POSITIVE_INFINITY) ?? 0)
  return {
    firstBackups,
    measuredMs,
    schedules: judgePunctuality(plans, jobs),
    fleet: facts,
    beatsShare: facts.beats / ((options.agents * measuredMs) / beatMs),
    console,
    consoleRoutes,
    within100Ms: within(0.1),
    within250Ms: within(0.25),
    real: countBy(real.ended.states),
    realBytes: real.ended.bytes,
    minutes: watcher.minutes,
    cpuMsPerCall: cpuMs / Math.max(1, calls),
    complaints: Object.fromEntries(server.complaints),
    clientsLost,
  }
}

function isControl(route: string): boolean {
  return !/^sessions\.|^agent\.assignments$|^server\./.test(route)
}

async function firstBackupsOf({ options, administrator, tell, fleet }: Parts) {
  const began = performance.now()
  let jobs: readonly Job[] = []
  for (;;) {
    await sleep(lookMs * 2)
    const page = await administrator.jobs()
    jobs = page.filter(({ endedAt }) => endedAt !== undefined)
    if (jobs.length >= options.backups + (options.onlyScheduled ? 0 : options.agents)) break
    if (performance.now() - began > firstBackupsMaxMs) break
  }
  const { control } = await fleet.order({ kind: 'tell' })
  const tookMs = Math.round(performance.now() - began)
  const states = countBy(jobs.map(({ state }) => state))
  tell(`first backups in ${tookMs} ms: ${JSON.stringify(states)}; ${JSON.stringify(control)}`)
  return { tookMs, states, control, loadAverage: loadAverage() }
}

async function untilScheduledEnded(
  { administrator }: Parts,
  count: number,
): Promise<readonly Job[]> {
  const until = Date.now() + lastBackupsMaxMs
  for (;;) {
    const jobs = (await administrator.jobs()).filter(({ trigger }) => trigger === 'SCHEDULED')
    const ended = jobs.filter(({ endedAt }) => endedAt !== undefined)
    if (ended.length >= count || Date.now() > until) return jobs
    await sleep(lookMs)
  }
}

async function lostClients({ client }: Administrator): Promise<number> {
  const query = { clientStatus: ['UNKNOWN'] as const, limit: 1 }
  return (await client.call(routes.instances.list, { query })).items.length
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
