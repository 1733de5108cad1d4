/**
 * A fleet of real processes: a server on a data folder of its own, and agents that each have their state and a small
 * folder that their local policy lets them back up. Everything is asked for through the typed client with an API token.
 */

import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAgentLink } from '#adapters/agent-link'
import { isFailure } from '#base'
import {
  type ApiClient,
  type Fetch,
  finalJobStates,
  type Instance,
  type InstanceId,
  type Job,
  type JobId,
  openClient,
  type Plan,
  type RestoreJob,
  type RestoreJobId,
  routes,
  type Version,
} from '#contract'
import { Program, type Surroundings } from './process.ts'
import { until } from './until.ts'

export const needsRoot =
  process.getuid?.() === 0 ? false : 'needs root: a local policy belongs to root'

export type Host = {
  readonly address: string
  readonly namespace: string
  /** Its end of the cable at the bridge. */
  readonly cable: string
}

/** Where a server runs: on a host of its own, or here by another name than the usual address. */
type ServerHost = Pick<Host, 'address'> & Partial<Host>

export type FleetAgent = {
  readonly name: string
  readonly instanceId: InstanceId
  /** What it backs up. */
  readonly source: string
  readonly state: string
  readonly policy: string
  readonly surroundings: Surroundings
  process: Program
}

const password = 'a long enough password of a test'

export class Fleet implements AsyncDisposable {
  readonly folder: string
  readonly #host: ServerHost | undefined
  /** A database that several servers share; undefined: a file of this one. */
  readonly #catalog: string | undefined
  readonly #agents: FleetAgent[] = []
  readonly #atEnd: (() => Promise<void> | void)[] = []
  #server: Program | undefined
  #port = 0
  #fingerprint = ''
  #setupCode = ''
  #secret = ''
  #api: ApiClient | undefined

  private constructor(host: ServerHost | undefined, catalog: string | undefined) {
    this.folder = mkdtempSync(join(tmpdir(), 'holdfast-fleet-'))
    this.#host = host
    this.#catalog = catalog
  }

  /** @param host where the server runs; undefined: here */
  static async open(host?: ServerHost, catalog?: string): Promise<Fleet> {
    const fleet = new Fleet(host, catalog)
    try {
      await fleet.startServer()
      await fleet.#signUp()
      return fleet
    } catch (problem) {
      await fleet[Symbol.asyncDispose]()
      throw problem
    }
  }

  get api(): ApiClient {
    if (this.#api === undefined) throw new Error('nobody has signed up')
    return this.#api
  }

  get server(): Program {
    if (this.#server === undefined) throw new Error('the server does not run')
    return this.#server
  }

  get host(): string {
    return this.#host?.address ?? '127.0.0.1'
  }

  get port(): number {
    return this.#port
  }

  get address(): string {
    return `https://${this.host}:${this.#port}`
  }

  get fingerprint(): string {
    return this.#fingerprint
  }

  get vaultsFolder(): string {
    return join(this.folder, 'data', 'vaults')
  }

  async startServer(): Promise<void> {
    const started = await this.#runServer(this.#port, (program) => {
      this.#server = program
    })
    this.#port = started.port
    this.#fingerprint = started.fingerprint
    this.#setupCode = started.setupCode ?? this.#setupCode
  }

  /** One more server over the same catalog and keys, asked by the same user. */
  async startBeside(): Promise<ApiClient> {
    const { port, fingerprint } = await this.#runServer(0, (program) => {
      this.#atEnd.push(async () => void (await program.end('SIGKILL')))
    })
    const link = openAgentLink({ trust: { kind: 'fingerprint', sha256: fingerprint } })
    this.#atEnd.push(() => link.close())
    return this.#apiBy(`https://${this.host}:${port}`, link.fetch)
  }

  /** @param hold is given the process before it is known to run: it ends with the fleet in any case */
  async #runServer(port: number, hold: (program: Program) => void) {
    const words = ['--json', 'server', 'run', '--data', join(this.folder, 'data')]
    words.push('--listen', `${this.host}:${port}`)
    if (this.#catalog !== undefined) words.push('--catalog', this.#catalog)
    const program = new Program(words, {
      home: this.folder,
      namespace: this.#host?.namespace,
      variables: { HOLDFAST_LOG: process.env['FLEET_LOG'] ?? 'info' },
    })
    hold(program)
    const told = await until('the server starts', () => {
      if (program.isOver) throw new Error(`the server ended: ${program.err}${program.out}`)
      return (
        /"address":"https:\/\/[^"]*:(\d+)","fingerprint":"sha256:([0-9a-f]+)".*?"setupCode":(?:"([^"]+)"|null)/.exec(
          program.out,
        ) ?? undefined
      )
    })
    const [, at, fingerprint = '', setupCode] = told
    return { port: Number(at), fingerprint, setupCode }
  }

  #apiBy(address: string, fetch: Fetch): ApiClient {
    const headers = () => ({ authorization: `Bearer ${this.#secret}` })
    return openClient({ address, fetch, newKey: () => randomUUID(), headers })
  }

  async #signUp(): Promise<void> {
    const trust = { kind: 'fingerprint', sha256: this.#fingerprint } as const
    const link = openAgentLink({ trust })
    this.#atEnd.push(() => link.close())
    const headers: Record<string, string> = {}
    const api = openClient({
      address: this.address,
      async fetch(address, init) {
        const answer = await link.fetch(address, init)
        const [cookie] = answer.headers.getSetCookie()
        if (cookie !== undefined) headers['cookie'] = cookie.split(';')[0] ?? ''
        return answer
      },
      newKey: () => randomUUID(),
      headers: () => headers,
    })
    const first = { name: 'Ada', email: 'ada@example.com', accountName: 'home', password }
    const { csrf } = await api.call(routes.setup.firstAdministrator, {
      body: { ...first, setupCode: this.#setupCode },
    })
    headers['holdfast-csrf'] = csrf
    const { secret } = await api.call(routes.tokens.create, {
      body: { name: 'tests', scopes: ['read', 'backup', 'restore', 'administer'], password },
    })
    this.#secret = secret
    this.#api = this.#apiBy(this.address, link.fetch)
  }

  /** Makes an instance by a code, as the line that a person copies does, and starts its agent. */
  async addAgent(
    name: string,
    {
      host,
      address = this.address,
      policy = {},
      fill = () => undefined,
      activate = true,
      source: place,
    }: {
      readonly host?: Host
      /** By which it reaches the server, when that is another. */
      readonly address?: string
      readonly policy?: Readonly<Record<string, unknown>>
      readonly fill?: (source: string) => void
      readonly activate?: boolean
      /** What it backs up, when that is not a folder of the fleet. */
      readonly source?: string
    } = {},
  ): Promise<FleetAgent> {
    const folder = join(this.folder, name)
    const [source, state] = [place ?? join(folder, 'source'), join(folder, 'state')]
    mkdirSync(source, { recursive: true })
    mkdirSync(folder, { recursive: true })
    fill(source)
    const policyFile = join(folder, 'agent.json')
    writePolicy({ source, policy: policyFile }, policy)
    const idFile = join(folder, 'machine-id')
    writeFileSync(idFile, `${randomUUID().replaceAll('-', '')}\n`)
    const surroundings = {
      home: folder,
      namespace: host?.namespace,
      machine: { name, idFile },
      variables: { HOLDFAST_AGENT_POLICY: policyFile },
    }
    const { secret } = await this.api.call(routes.activationCodes.create, {
      body: { regionId: await this.#region(), activate, note: name },
    })
    const words = ['--json', 'agent', 'activate', address, '--state', state]
    const trusted = [...words, '--fingerprint', this.#fingerprint]
    const activated = new Program(trusted, surroundings, `${secret}\n`)
    if ((await activated.ended) !== 0)
      throw new Error(`not activated: ${activated.err}${activated.out}`)
    const instanceId = JSON.parse(activated.out.split('\n')[0] ?? '').instance as InstanceId
    const process = this.#run(state, surroundings)
    const agent = { name, instanceId, source, state, policy: policyFile, surroundings, process }
    this.#agents.push(agent)
    return agent
  }

  #run(state: string, surroundings: Surroundings): Program {
    return new Program(['agent', 'run', '--state', state], surroundings)
  }

  /** Counts for the next assignment. */
  setPolicy(agent: FleetAgent, policy: Readonly<Record<string, unknown>>): void {
    writePolicy(agent, policy)
  }

  /** Its process and all that was on its disk are gone. */
  async loseMachine(agent: FleetAgent): Promise<void> {
    await agent.process.end('SIGKILL')
    rmSync(join(this.folder, agent.name), { recursive: true })
  }

  startAgent(agent: FleetAgent): void {
    agent.process = this.#run(agent.state, agent.surroundings)
  }

  async #region() {
    for await (const region of this.api.list(routes.regions.list, {})) return region.regionId
    throw new Error('there is no region')
  }

  async instance({ instanceId }: FleetAgent): Promise<Instance> {
    return await this.api.call(routes.instances.get, { path: { instanceId } })
  }

  async plan({ instanceId }: FleetAgent): Promise<Plan> {
    return await until('there is a plan', async () => {
      for await (const plan of this.api.list(routes.plans.list, { query: { instanceId } }))
        return plan
      return undefined
    })
  }

  async jobs({ instanceId }: FleetAgent): Promise<readonly Job[]> {
    return await Array.fromAsync(this.api.list(routes.jobs.list, { query: { instanceId } }))
  }

  async job(jobId: JobId): Promise<Job> {
    return await this.api.call(routes.jobs.get, { path: { jobId } })
  }

  /** The first job of a plan begins by itself. */
  async firstJob(agent: FleetAgent): Promise<Job> {
    const first = await until('a first job by itself', async () => (await this.jobs(agent)).at(-1))
    return await this.jobOver(first.jobId)
  }

  async runNow(agent: FleetAgent): Promise<Job> {
    const { planId } = await this.plan(agent)
    return await this.api.call(routes.plans.run, { path: { planId } })
  }

  async backUp(agent: FleetAgent): Promise<Job> {
    return await this.jobOver((await this.runNow(agent)).jobId)
  }

  async jobOver(jobId: JobId, limitMs = 60_000): Promise<Job> {
    return await this.#over(() => this.job(jobId), limitMs)
  }

  async restoreOver(restoreJobId: RestoreJobId, limitMs = 60_000): Promise<RestoreJob> {
    return await this.#over(() => this.restoreJob(restoreJobId), limitMs)
  }

  async #over<Work extends Job | RestoreJob>(
    ask: () => Promise<Work>,
    limitMs: number,
  ): Promise<Work> {
    let latest: Work | undefined
    try {
      return await until(
        'a job is over',
        async () => {
          latest = await this.#whileRestarting(ask)
          return latest !== undefined && finalJobStates.includes(latest.state) ? latest : undefined
        },
        limitMs,
      )
    } catch (cause) {
      throw new Error(`${JSON.stringify(latest)}\n${this.logs}`, { cause })
    }
  }

  /** What everybody said lately. */
  get logs(): string {
    const all = [this.server, ...this.#agents.map(({ process }) => process)]
    return all.map(({ out, err }) => `${out.slice(-2_000)}${err.slice(-2_000)}`).join('\n---\n')
  }

  async #whileRestarting<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await call()
    } catch (problem) {
      if (isFailure(problem, 'server.unreachable') || isFailure(problem, 'server.busy'))
        return undefined
      throw problem
    }
  }

  /** Blocks that the server has taken since it started. */
  async blocksTaken(): Promise<number> {
    const text = await this.api.call(routes.server.metrics, {})
    const line = /^holdfast_http_calls_total\{route="sessions\.put",status="200"\} (\d+)$/m.exec(
      text,
    )
    return Number(line?.[1] ?? 0)
  }

  async versions({ instanceId }: Pick<FleetAgent, 'instanceId'>): Promise<readonly Version[]> {
    return await Array.fromAsync(this.api.list(routes.versions.list, { path: { instanceId } }))
  }

  async restore(version: Version, target: FleetAgent, targetPath: string): Promise<RestoreJob> {
    return await this.restoreOver(await this.beginRestore(version, target, targetPath))
  }

  async beginRestore(
    { vaultId, points }: Version,
    { instanceId }: FleetAgent,
    targetPath: string,
  ): Promise<RestoreJobId> {
    const pointIds = points.map(({ pointId }) => pointId)
    const { restoreJobId } = await this.api.call(routes.restoreJobs.create, {
      body: { vaultId, pointIds, targetInstanceId: instanceId, targetPath },
    })
    return restoreJobId
  }

  async restoreJob(restoreJobId: RestoreJobId): Promise<RestoreJob> {
    return await this.api.call(routes.restoreJobs.get, { path: { restoreJobId } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map(({ process }) => process.end('SIGKILL')))
    await this.#server?.end('SIGKILL')
    for (const step of this.#atEnd.toReversed()) await step()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** It steps back for nobody: a test waits for it. */
function writePolicy(
  { source, policy }: Pick<FleetAgent, 'source' | 'policy'>,
  own: Readonly<Record<string, unknown>>,
): void {
  writeFileSync(policy, JSON.stringify({ backupRoots: [source], nice: 0, io: 'usual', ...own }))
}
