/** Servers that share a catalog and a clock that the test turns, for suites that both databases pass. */
import { assert } from '#base'
import type { AccountId, ClientId, InstanceId, PlanId, VaultId } from '#contract'
import { nextDue, parseLocalDate, parseTimeZone, type Schedule } from '#engine'
import { MemoryClock } from '#ports'
import { createAccount, putRegion } from '../catalog/accounts/accounts.ts'
import type { Catalog } from '../catalog/database/open-catalog.ts'
import { clientDefaults } from '../catalog/instances/client-defaults.ts'
import { createClient, recordContacts } from '../catalog/instances/clients.ts'
import { type Job, listJobs } from '../catalog/jobs/jobs.ts'
import { type CatalogPlan, createPlan, findPlan } from '../catalog/plans/plans.ts'
import {
  addInstance,
  addVault,
  minute,
  type OpenDatabase,
  planOf,
  regionId,
} from '../catalog/world.contract.ts'
import { Doorbell } from '../doorbell.ts'
import { createEventBus } from '../events.ts'
import { noVaults, silentLog } from '../kernel.fixture.ts'
import type { ServerKernel } from '../kernel.ts'
import type { NoticeFact } from '../notices.ts'
import { essentialTerms, termsToJson } from '../services/protection/plan-terms.ts'
import { scheduleToJson } from '../services/protection/schedule-record.ts'
import { openScheduler, type Scheduler, type SchedulerOptions } from './scheduler.ts'

export type Protected = {
  readonly instanceId: InstanceId
  readonly clientId: ClientId
  readonly planId: PlanId
}

export type TestServer = { readonly kernel: ServerKernel; readonly scheduler: Scheduler }

export class SchedulerWorld implements AsyncDisposable {
  readonly clock: MemoryClock
  readonly notices: NoticeFact[] = []
  readonly server: TestServer
  readonly accountId: AccountId
  readonly vaultId: VaultId
  readonly catalog: Catalog
  readonly #database: OpenDatabase
  readonly #more: AsyncDisposable[] = []
  #process = 0

  private constructor(
    database: OpenDatabase,
    clock: MemoryClock,
    ids: { readonly accountId: AccountId; readonly vaultId: VaultId },
  ) {
    this.#database = database
    this.catalog = database.catalog
    this.clock = clock
    this.accountId = ids.accountId
    this.vaultId = ids.vaultId
    this.server = this.startServer()
  }

  static async make(
    open: () => Promise<OpenDatabase>,
    startsAt: string,
    zone = 'Asia/Shanghai',
  ): Promise<SchedulerWorld> {
    const database = await open()
    const { catalog } = database
    const clock = new MemoryClock({ wallMs: Date.parse(startsAt), sleeps: 'wait' })
    const accountId = catalog.newId('account')
    const createdAt = clock.now().wallMs
    await createAccount(catalog.db, { id: accountId, name: 'first', timeZone: zone, createdAt })
    const region = { id: regionId, accountId, name: 'Hangzhou', controlUrl: null, dataUrl: null }
    await putRegion(catalog.db, { ...region, createdAt })
    const vaultId = await addVault(catalog, accountId, 'main')
    return new SchedulerWorld(database, clock, { accountId, vaultId })
  }

  get now(): number {
    return this.clock.now().wallMs
  }

  /** A server process; over the first catalog, or one that it opened itself. */
  startServer(
    catalog: Catalog = this.catalog,
    more: Partial<SchedulerOptions> & { readonly kernel?: Partial<ServerKernel> } = {},
  ): TestServer {
    const kernel: ServerKernel = {
      version: 'test',
      catalog,
      vaults: noVaults,
      clock: this.clock,
      wallMs: () => this.clock.now().wallMs,
      random: (length) => new Uint8Array(length),
      log: silentLog,
      events: createEventBus(),
      doorbell: new Doorbell(),
      ending: new AbortController().signal,
      ...more.kernel,
    }
    const notices = { raise: async (fact: NoticeFact) => void this.notices.push(fact) }
    const scheduler = openScheduler(kernel, { notices, periodic: [], ...more })
    this.#more.push(scheduler)
    return { kernel, scheduler }
  }

  async startAnother(): Promise<TestServer> {
    const catalog = await this.#database.openAnother()
    this.#more.unshift(catalog)
    return this.startServer(catalog)
  }

  /** A machine with a client that is there, and an Essential plan of this schedule. */
  async protect(schedule: Schedule, facts: Partial<CatalogPlan> = {}): Promise<Protected> {
    const { catalog, accountId, vaultId, now } = this
    const name = `web-${++this.#process}`
    const instance = await addInstance(catalog, accountId, { name, method: 'essential' })
    const clientId = catalog.newId('client')
    await createClient(catalog.db, {
      id: clientId,
      ...clientDefaults,
      accountId,
      regionId,
      instanceId: instance.id,
      status: 'ACTIVATED',
      heardAt: now,
      settings: {},
      createdAt: now,
      updatedAt: now,
    })
    const plan: CatalogPlan = {
      ...planOf(catalog, { accountId, vaultId, instanceId: instance.id }),
      schedule: scheduleToJson(schedule),
      settings: termsToJson(essentialTerms),
      nextDueAt: nextDue(schedule, now)?.dueAt ?? null,
      settledAt: now,
      keepChangedAt: now,
      createdAt: now,
      updatedAt: now,
      ...facts,
    }
    assert(await createPlan(catalog.db, plan), 'the instance has no plan yet')
    return { instanceId: instance.id, clientId, planId: plan.id }
  }

  /** Its client is heard from. */
  async hear({ clientId }: Protected): Promise<void> {
    const contact = { clientId, process: 'p', version: '1', heardAt: this.now }
    await recordContacts(this.catalog.db, [contact])
  }

  /** Time passes; clients that are given are heard every minute, and the server looks as often. */
  async pass(
    milliseconds: number,
    heard: readonly Protected[] = [],
    server: TestServer = this.server,
  ): Promise<void> {
    for (let passed = 0; passed < milliseconds; ) {
      const step = Math.min(minute, milliseconds - passed)
      this.clock.advance(step)
      passed += step
      for (const one of heard) await this.hear(one)
      await server.scheduler.look()
    }
  }

  /** Oldest due first. */
  async jobsOf({ planId }: Protected): Promise<readonly Job[]> {
    const filter = { accountId: this.accountId, planId }
    const { items } = await listJobs(this.catalog.db, filter, { limit: 500 })
    return items.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
  }

  async planOf({ planId }: Protected): Promise<CatalogPlan> {
    const plan = await findPlan(this.catalog.db, planId)
    assert(plan !== undefined, 'the plan is there')
    return plan
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#more.toReversed()) await one[Symbol.asyncDispose]()
    await this.#database.close()
  }
}

export function daily(zone: string, minuteOfDay: number, firstDate: string): Schedule {
  return {
    kind: 'daily',
    zone: parseTimeZone(zone),
    minuteOfDay,
    firstDate: parseLocalDate(firstDate),
  }
}

/** Jobs as `2026-03-20T21:00 CREATED`, with the reason of those that were skipped. */
export function spell(jobs: readonly Job[]): readonly string[] {
  return jobs.map(({ dueAt, state, skipReason, trigger }) => {
    const due = dueAt === null ? 'asked' : new Date(dueAt).toISOString().slice(0, 16)
    const made = trigger === 'MISSED_RUN' ? ' made up' : ''
    return `${due} ${state}${skipReason === null ? '' : ` ${skipReason}`}${made}`
  })
}
