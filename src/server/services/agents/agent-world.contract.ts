/** A server with an account, a vault and agents that speak to its handlers, for tests of jobs and of the channel. */
import { createHash } from 'node:crypto'
import { assert } from '#base'
import {
  type AccountId,
  type AgentMessage,
  type Assignment,
  type Enrolment,
  type InstanceId,
  type JobId,
  laterWords,
  type PointStatus,
  type UserId,
  type VaultId,
} from '#contract'
import { hashSecret } from '../../authorization/secrets.ts'
import {
  createActivationCode,
  createRequestedJob,
  fillPoints,
  findJob,
  type Job,
  type JobDraft,
  type JsonRecord,
  listPlansOf,
} from '../../catalog/index.ts'
import { addAccount, addPlan, addVault, regionId } from '../../catalog/world.contract.ts'
import type { AgentIdentity, UserIdentity } from '../../identity.ts'
import { contextOf, makeTestKernel, type TestKernel } from '../../kernel.fixture.ts'
import type { NoticeFact } from '../../notices.ts'
import { jobsHandlers } from '../jobs/jobs-handlers.ts'
import { restoreJobsHandlers } from '../jobs/restore-jobs-handlers.ts'
import { agentHandlers } from './agent-handlers.ts'
import type { ActivateEssential } from './agent-ports.ts'
import { type AgentService, createAgentService } from './agent-service.ts'

export type AgentWorld = AsyncDisposable & {
  readonly kernel: TestKernel
  readonly service: AgentService
  readonly agents: ReturnType<typeof agentHandlers>
  readonly jobs: ReturnType<typeof jobsHandlers>
  readonly restores: ReturnType<typeof restoreJobsHandlers>
  readonly accountId: AccountId
  readonly vaultId: VaultId
  readonly notices: NoticeFact[]
  readonly activations: Parameters<ActivateEssential>[0][]
}

/** @param activate what starting Essential backup does; it succeeds when not given */
export async function makeAgentWorld(activate?: ActivateEssential): Promise<AgentWorld> {
  const kernel = await makeTestKernel()
  const accountId = await addAccount(kernel.catalog, 'first')
  const vaultId = await addVault(kernel.catalog, accountId, 'main')
  const notices: NoticeFact[] = []
  const activations: Parameters<ActivateEssential>[0][] = []
  const service = createAgentService(kernel, {
    issueIdentity: async ({ publicKey, clientId }) => ({
      certificate: `certificate of ${clientId}`,
      authority: 'authority',
      identity: new Uint8Array(createHash('sha256').update(publicKey).digest()),
      expiresAt: kernel.wallMs() + 90 * 24 * 3_600_000,
    }),
    receiptKey: 'the key of receipts',
    activate: async (request) => {
      activations.push(request)
      await activate?.(request)
    },
    notices: { raise: async (fact) => void notices.push(fact) },
    builds: {
      manifest: async () => ({
        version: '0.2.0',
        publicKey: 'the key of the makers',
        builds: [{ build: 'linux-x86-64', bytes: 7, sha256: digestOf('build'), signature: 'c2ln' }],
      }),
    },
  })
  return {
    kernel,
    service,
    agents: agentHandlers(service),
    jobs: jobsHandlers(kernel, service.progressOf),
    restores: restoreJobsHandlers(kernel, service.progressOf),
    accountId,
    vaultId,
    notices,
    activations,
    [Symbol.asyncDispose]: async () => {
      await service.flush()
      await kernel[Symbol.asyncDispose]()
    },
  }
}

export const minute = 60_000

/** Lets the server's clock go on. */
export function pass(world: AgentWorld, milliseconds: number): void {
  world.kernel.clock.advance(milliseconds)
}

export async function makeCode(
  world: AgentWorld,
  given: { readonly plan?: JsonRecord; readonly instanceId?: InstanceId } = {},
): Promise<string> {
  const { kernel, accountId } = world
  const secret = `hfa_${Buffer.from(kernel.random(24)).toString('base64url')}`
  await createActivationCode(kernel.catalog.db, {
    id: kernel.catalog.newId('code'),
    accountId,
    regionId,
    instanceId: given.instanceId ?? null,
    hash: hashSecret(secret),
    plan: given.plan ?? {},
    createdBy: null,
    createdAt: kernel.wallMs(),
    expiresAt: kernel.wallMs() + 15 * minute,
    usedAt: null,
    usedBy: null,
  })
  return secret
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function enrolmentOf(code: string, name: string): Enrolment {
  const volume = { device: 'sda1', fileSystem: 'ext4', totalBytes: 100, usedBytes: 50, local: true }
  return {
    protocol: 1,
    code,
    publicKey: `key of ${name} with ${code}`,
    facts: {
      machine: digestOf(name),
      hostName: name,
      addresses: ['192.0.2.1'],
      system: 'linux',
      systemName: 'Debian 13',
      architecture: 'x86-64',
      clientVersion: '0.1.0',
      volumes: [
        { ...volume, path: pathOf('/') },
        { ...volume, path: pathOf('/data'), device: 'sdb1' },
        { ...volume, path: pathOf('/mnt/nfs'), device: 'nas', local: false },
      ],
      databases: [],
    },
  }
}

type Path = Enrolment['facts']['volumes'][number]['path']
export function pathOf(text: string): Path {
  return text as Path
}

type Draft = AgentMessage extends infer One
  ? One extends AgentMessage
    ? Omit<One, 'number' | 'at'>
    : never
  : never

/** One process of an agent, as the server sees it. */
export class TestAgent {
  readonly world: AgentWorld
  readonly identity: AgentIdentity
  readonly machine: string
  readonly startId: string
  running: Job['id'][] = []
  /** Like an agent of today. */
  knows: readonly string[] = laterWords
  after = 0
  #number = 0

  constructor(world: AgentWorld, identity: AgentIdentity, name: string, start = 1) {
    this.world = world
    this.identity = identity
    this.machine = digestOf(name)
    this.startId = digestOf(`${identity.clientId} ${start}`)
  }

  number(message: Draft): AgentMessage {
    return { ...message, number: ++this.#number, at: 0 }
  }

  heartbeat(facts: { machine?: string; running?: Job['id'][]; status?: 'ACTIVATED' } = {}): Draft {
    return {
      kind: 'heartbeat',
      machine: facts.machine ?? this.machine,
      clientVersion: '0.1.0',
      status: 'ACTIVATED',
      running: (facts.running ?? this.running) as JobId[],
    }
  }

  async say(...messages: Draft[]): Promise<number> {
    return await this.send(messages.map((message) => this.number(message)))
  }

  async send(messages: readonly AgentMessage[]): Promise<number> {
    const body = { startId: this.startId, messages }
    const call = { path: {}, query: {}, body }
    return (await this.world.agents.report(call, contextOf(this.identity))).number
  }

  async beat(): Promise<void> {
    await this.say(this.heartbeat())
    await this.world.service.flush()
  }

  async poll(waitSeconds = 0): Promise<readonly Assignment[]> {
    const query = { after: this.after, startId: this.startId, waitSeconds, knows: [...this.knows] }
    const context = contextOf(this.identity)
    const call = { path: {}, query, body: undefined }
    const { assignments } = await this.world.agents.assignments(call, context)
    this.after = Math.max(this.after, ...assignments.map(({ number }) => number))
    return assignments
  }

  /** Takes what there is to do and says so, as agents do. */
  async accept(): Promise<readonly Assignment[]> {
    const given = await this.poll()
    for (const one of given) {
      await this.say({ kind: 'accepted', assignment: one.number })
      if (one.kind === 'backup') this.running.push(one.jobId)
      if (one.kind === 'restore') this.running.push(one.restoreJobId)
    }
    return given
  }

  async end(
    jobId: Job['id'],
    facts: Partial<Extract<AgentMessage, { readonly kind: 'result' }>> = {},
  ): Promise<void> {
    this.running = this.running.filter((one) => one !== jobId)
    await this.say(resultOf(jobId, facts))
  }
}

export function resultOf(
  jobId: Job['id'],
  facts: Partial<Extract<AgentMessage, { readonly kind: 'result' }>> = {},
): Draft {
  return {
    kind: 'result',
    jobId: jobId as JobId,
    state: 'COMPLETE',
    counts: { failed: 0, skipped: 0, inconsistent: 0 },
    totals: { files: 1, sourceBytes: 1, newBytes: 1, storedBytes: 1 },
    ...facts,
  }
}

/** An instance whose agent has said hello, with an Essential plan. */
export async function addAgent(world: AgentWorld, name: string): Promise<TestAgent> {
  const { kernel, accountId, vaultId } = world
  const code = await makeCode(world)
  const call = { path: {}, query: {}, body: enrolmentOf(code, name) }
  const enrolled = await world.agents.enrol(call, contextOf({ kind: 'public' }))
  const { instanceId, clientId } = enrolled
  const [plan] = await listPlansOf(kernel.catalog.db, [instanceId])
  if (plan === undefined) await addPlan(kernel.catalog, { accountId, vaultId, instanceId })
  const agent = new TestAgent(world, { kind: 'agent', clientId, instanceId, accountId }, name)
  await agent.beat()
  return agent
}

export async function addJob(
  world: AgentWorld,
  agent: TestAgent,
  facts: Partial<JobDraft> = {},
): Promise<JobId> {
  const { kernel, accountId, vaultId } = world
  const { instanceId } = agent.identity
  const [plan] = await listPlansOf(kernel.catalog.db, [instanceId])
  const now = kernel.wallMs()
  const jobId = kernel.catalog.newId('job')
  await createRequestedJob(kernel.catalog.db, {
    id: jobId,
    accountId,
    regionId,
    kind: 'BACKUP',
    trigger: 'MANUAL',
    planId: plan?.id ?? null,
    policyId: null,
    instanceId,
    sourceInstanceId: null,
    vaultId,
    versionId: null,
    request: {},
    createdBy: null,
    createdAt: now,
    availableAt: now,
    expiresAt: null,
    attemptsMax: 30,
    ...facts,
    dueAt: null,
  })
  kernel.doorbell.ring(instanceId)
  return jobId
}

export async function jobOf(world: AgentWorld, jobId: Job['id']): Promise<Job> {
  const job = await findJob(world.kernel.catalog.db, jobId)
  assert(job !== undefined, 'the job is there')
  return job
}

let sequence = 0

/** What the gateway does after a commit. */
export async function commitPoint(
  world: AgentWorld,
  jobId: Job['id'],
  facts: { volume?: string; status?: PointStatus; failureCount?: number; files?: number } = {},
): Promise<string> {
  const job = await jobOf(world, jobId)
  assert(job.versionId !== null, 'a job that was begun has a version')
  sequence++
  const id = digestOf(`point ${sequence}`)
  await fillPoints(world.kernel.catalog.db, {
    vaultId: world.vaultId,
    accountId: world.accountId,
    regionId,
    now: world.kernel.wallMs(),
    name: `commit ${sequence}`,
    completeUpTo: null,
    points: [
      {
        id: id as never,
        versionId: job.versionId,
        instanceId: job.instanceId,
        volume: facts.volume ?? '/',
        status: facts.status ?? 'complete',
        sequence,
        createdAt: world.kernel.wallMs(),
        trustedAt: world.kernel.wallMs(),
        retainUntil: null,
        files: facts.files ?? 10,
        directories: 1,
        sourceBytes: 1_000,
        newBytes: 100,
        storedBytes: 50,
        failureCount: facts.failureCount ?? 0,
        holds: [],
        trashedAt: null,
        planId: job.planId,
        jobId: jobId as JobId,
        blockBytes: 200,
        hostName: 'host',
      },
    ],
  })
  return id
}

export function userOfWorld(world: AgentWorld, facts: Partial<UserIdentity> = {}): UserIdentity {
  const { newId } = world.kernel.catalog
  return {
    kind: 'user',
    userId: newId('user') satisfies UserId,
    accountId: world.accountId,
    role: 'owner',
    name: 'Ann',
    tokenId: newId('token'),
    scopes: undefined,
    isServerAccount: false,
    ...facts,
  }
}
