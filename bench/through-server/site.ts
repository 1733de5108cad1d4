// A server with agents as real processes, protected by a policy without limits: what a person sets up once.

import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { openAgentLink } from '#adapters/agent-link'
import {
  type ApiClient,
  type InstanceId,
  openClient,
  type PlanId,
  type PolicyId,
  type RegionId,
  routes,
  type VaultId,
} from '#contract'
import { Program, until } from './program.ts'

export type SiteSettings = {
  /** Takes the data of the server: keys, catalog and vaults. */
  readonly data: string
  /** Takes logs and the state of the agents. */
  readonly folder: string
  /** One agent for each: what it backs up. */
  readonly sources: readonly string[]
}

export type Protected = { readonly instanceId: InstanceId; readonly planId: PlanId }

export type Site = AsyncDisposable & {
  readonly api: ApiClient
  readonly vaultId: VaultId
  readonly machines: readonly Protected[]
  /** Of the server and its agents. */
  readonly pids: readonly number[]
}

type Server = { readonly address: string; readonly fingerprint: string; readonly code: string }
type Opened = { readonly api: ApiClient; close(): Promise<void> }

const dayMs = 24 * 3_600_000
const readyMsMax = 60_000

export async function openSite({ data, folder, sources }: SiteSettings): Promise<Site> {
  await using ends = new AsyncDisposableStack()
  const run = ['server', 'run', '--data', data, '--listen', '127.0.0.1:0', '--catalog', 'sqlite']
  const process = ends.use(new Program({ words: run, home: folder, name: 'server' }))
  const server = await meet(process)
  const { api, close } = await signUp(server)
  ends.defer(close)
  const regionId = await firstRegion(api)
  const { vaultId } = await api.call(routes.vaults.create, { body: { regionId, name: 'bench' } })
  const policyId = await makePolicy(api, vaultId)
  const pids = [process.pid]
  const machines: Protected[] = []
  for (const [at, source] of sources.entries()) {
    const home = join(folder, `agent-${at + 1}`)
    mkdirSync(home)
    const agent = ends.use(
      await enrol({ api, server, regionId, home, name: `bench-${at + 1}`, source }),
    )
    pids.push(agent.program.pid)
    machines.push(await protect(api, { policyId, instanceId: agent.instanceId, source }))
  }
  const owned = ends.move()
  return { api, vaultId, machines, pids, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function meet(program: Program): Promise<Server> {
  const told =
    /"address":"(?<address>https:[^"]+)","fingerprint":"sha256:(?<fingerprint>[0-9a-f]+)".*?"setupCode":"(?<code>[^"]+)"/
  const { address = '', fingerprint = '', code = '' } = (await program.says(told)).groups ?? {}
  return { address, fingerprint, code }
}

/** Becomes the first administrator, and works with a token from then on. */
async function signUp({ address, fingerprint, code }: Server): Promise<Opened> {
  const link = openAgentLink({ trust: { kind: 'fingerprint', sha256: fingerprint } })
  const headers: Record<string, string> = {}
  const shared = { address, newKey: () => randomUUID() }
  const first = openClient({
    ...shared,
    async fetch(to, init) {
      const answer = await link.fetch(to, init)
      const [cookie] = answer.headers.getSetCookie()
      if (cookie !== undefined) headers['cookie'] = cookie.split(';')[0] ?? ''
      return answer
    },
    headers: () => headers,
  })
  const password = randomBytes(18).toString('base64url')
  const person = { name: 'Ada', email: 'ada@example.com', accountName: 'bench', password }
  const { csrf } = await first.call(routes.setup.firstAdministrator, {
    body: { ...person, setupCode: code },
  })
  headers['holdfast-csrf'] = csrf
  const { secret } = await first.call(routes.tokens.create, {
    body: { name: 'bench', scopes: ['read', 'backup', 'restore', 'administer'], password },
  })
  const authorized = { authorization: `Bearer ${secret}` }
  const api = openClient({ ...shared, fetch: link.fetch, headers: () => authorized })
  return { api, close: () => link.close() }
}

async function firstRegion(api: ApiClient): Promise<RegionId> {
  for await (const region of api.list(routes.regions.list, {})) return region.regionId
  throw new Error('there is no region')
}

/** Essential backup has a limit of its own at every priority (D3); a policy may have none. It runs only when asked. */
async function makePolicy(api: ApiClient, vaultId: VaultId): Promise<PolicyId> {
  const inTwoDays = Math.ceil(Date.now() / dayMs + 2) * dayMs
  const firstAt = new Date(inTwoDays).toISOString()
  const schedule = { kind: 'days', every: 1, firstAt } as const
  const { policyId } = await api.call(routes.policies.create, {
    body: {
      name: 'bench',
      rules: [
        { kind: 'BACKUP', schedule, vaultId },
        { kind: 'LIFECYCLE', retention: { days: 1 } },
      ],
    },
  })
  return policyId
}

type Enrolment = {
  readonly api: ApiClient
  readonly server: Server
  readonly regionId: RegionId
  readonly home: string
  readonly name: string
  readonly source: string
}

type Agent = AsyncDisposable & { readonly program: Program; readonly instanceId: InstanceId }

async function enrol({ api, server, regionId, home, name, source }: Enrolment): Promise<Agent> {
  const policy = join(home, 'agent.json')
  // It steps back no more than the command line does; and a set may lie where nobody restores to, as in /dev/shm.
  const nice = Math.max(0, getPriority())
  const own = { backupRoots: [source], restoreDenied: [], nice, io: 'usual' }
  writeFileSync(policy, JSON.stringify(own))
  const idFile = join(home, 'machine-id')
  writeFileSync(idFile, `${randomUUID().replaceAll('-', '')}\n`)
  const state = ['--state', join(home, 'state')]
  const common = { home, idFile, name, variables: { HOLDFAST_AGENT_POLICY: policy } }
  const { secret } = await api.call(routes.activationCodes.create, {
    body: { regionId, activate: false, note: name },
  })
  const { address, fingerprint } = server
  const words = ['agent', 'activate', address, ...state, '--fingerprint', fingerprint]
  const activated = new Program({ ...common, words, input: `${secret}\n` })
  await activated.succeed()
  const instanceId = await instanceNamed(api, name)
  const program = new Program({ ...common, words: ['agent', 'run', ...state] })
  return { program, instanceId, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

async function instanceNamed(api: ApiClient, name: string): Promise<InstanceId> {
  for await (const instance of api.list(routes.instances.list, {})) {
    if (instance.name === name) return instance.instanceId
  }
  throw new Error(`${name} is no instance`)
}

async function protect(
  api: ApiClient,
  of: { readonly policyId: PolicyId; readonly instanceId: InstanceId; readonly source: string },
): Promise<Protected> {
  const { policyId, instanceId, source } = of
  const { results } = await api.call(routes.bindings.create, {
    body: {
      policyId,
      instanceIds: [instanceId],
      sources: { paths: [source] },
      priority: 'custom',
    },
  })
  const [result] = results
  if (result?.accepted !== true) throw new Error(`not bound: ${result?.problem?.detail}`)
  return await until(`${instanceId} is ready`, readyMsMax, async () => {
    const { planId, runningStatus } = await api.call(routes.instances.get, { path: { instanceId } })
    return planId !== undefined && runningStatus === 'READY' ? { instanceId, planId } : undefined
  })
}
