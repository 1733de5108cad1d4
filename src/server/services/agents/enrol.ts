/**
 * How a machine gets its identity (A1, A2): an activation code counts once, and with it the machine becomes an instance, or
 * the one again that it was before. What it was known by until then counts no more.
 */
import { assert, failure, isFailure } from '#base'
import {
  type Architecture,
  architectures,
  type ClientId,
  type Enrolment,
  type InstanceId,
  ids,
} from '#contract'
import { hashSecret } from '../../authorization/secrets.ts'
import {
  type ActivationCode,
  type CatalogDb,
  type Client,
  createClient,
  dropClient,
  findAgentChannel,
  findInstance,
  findInstanceByFingerprint,
  findUsableCode,
  holdChannel,
  type Instance,
  listClientsOf,
  putInstance,
  transact,
  updateChannel,
  updateClient,
  useActivationCode,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { type JobProblem, jobProblem } from '../jobs/job-problem.ts'
import { fromJson } from '../jobs/wire-json.ts'
import { announceStatus } from '../protection/instance-facts.ts'
import type { AgentPorts, IssuedIdentity } from './agent-ports.ts'
import { factsOfInstance } from './instance-facts.ts'

export type Enrolled = {
  readonly instanceId: InstanceId
  readonly clientId: ClientId
  readonly issued: IssuedIdentity
  readonly instance: Instance
  /** The client that the instance had is gone by now. */
  readonly isReplaced: boolean
}

type Newcomer = {
  readonly clientId: ClientId
  readonly facts: Enrolment['facts']
  readonly issued: IssuedIdentity
  readonly codeHash: Uint8Array
}

/** @throws instance.unsupported, activation.code-refused */
export async function enrol(
  kernel: ServerKernel,
  ports: AgentPorts,
  body: Enrolment,
): Promise<Enrolled> {
  const { facts, publicKey } = body
  checkSupported(facts)
  const codeHash = hashSecret(body.code)
  const { db } = kernel.catalog
  // Asked first, so that whoever guesses costs us no signature.
  const known = await findUsableCode(db, codeHash, kernel.wallMs())
  if (known === undefined) throw failure('activation.code-refused')
  const clientId = kernel.catalog.newId('client')
  const issued = await ports.issueIdentity({ publicKey, clientId })
  const newcomer = { clientId, facts, issued, codeHash }
  const { instance, code, isReplaced } = await transact(db, (trx) =>
    register(trx, kernel, newcomer),
  )
  kernel.log.info({ instanceId: instance.id, clientId }, 'a machine was activated')
  await begin(kernel, ports, { instance, clientId, code })
  await announceStatus(kernel, instance.id)
  return { instanceId: instance.id, clientId, issued, instance, isReplaced }
}

/** A8. */
function checkSupported({ architecture, hostName }: Newcomer['facts']): Architecture {
  const found = architectures.find((one) => one === architecture)
  if (found !== undefined) return found
  const problem = `its architecture is ${architecture}; only 64-bit x86-64 and arm64 are supported`
  throw failure('instance.unsupported', { instance: hostName, problem })
}

async function register(
  trx: CatalogDb,
  kernel: ServerKernel,
  newcomer: Newcomer,
): Promise<Pick<Enrolled, 'instance' | 'isReplaced'> & { readonly code: ActivationCode }> {
  const now = kernel.wallMs()
  const { clientId, codeHash, issued, facts } = newcomer
  const code = await useActivationCode(trx, codeHash, { clientId, now })
  // Of two who come with it at once, the second is here.
  if (code === undefined) throw failure('activation.code-refused')
  const instance = await instanceOf(trx, kernel, code, newcomer)
  const former = (await listClientsOf(trx, [instance.id])).get(instance.id)
  const channel = former === undefined ? undefined : await findAgentChannel(trx, former.id)
  if (former !== undefined) await dropClient(trx, former.id)
  const client: Client = {
    id: clientId,
    accountId: instance.accountId,
    regionId: instance.regionId,
    instanceId: instance.id,
    status: 'REGISTERED',
    version: facts.clientVersion,
    identity: issued.identity,
    identityUntil: issued.expiresAt,
    revokedAt: null,
    process: null,
    heardAt: now,
    problemCode: null,
    problem: null,
    alertSetting: former?.alertSetting ?? 'inherit',
    alertChannels: former?.alertChannels ?? [],
    settings: former?.settings ?? {},
    createdAt: now,
    updatedAt: now,
  }
  const isNew = await createClient(trx, client)
  assert(isNew, 'the client before this one is gone')
  await holdChannel(trx, clientId)
  // An agent that kept its journal takes smaller numbers for old ones.
  await updateChannel(trx, clientId, {
    lastAssignment: channel?.lastAssignment,
    formerStarts: channel === undefined ? [] : startsOf(channel),
    factsAt: now,
  })
  return { instance, code, isReplaced: former !== undefined && former.revokedAt === null }
}

function startsOf(channel: { startId: string | null; formerStarts: readonly string[] }) {
  return channel.startId === null
    ? channel.formerStarts
    : [channel.startId, ...channel.formerStarts]
}

/** The instance that the code names, or that the machine was before, or a new one. */
async function instanceOf(
  trx: CatalogDb,
  kernel: ServerKernel,
  code: ActivationCode,
  { facts }: Newcomer,
): Promise<Instance> {
  const { accountId, regionId } = code
  const found =
    code.instanceId === null
      ? await findInstanceByFingerprint(trx, accountId, facts.machine)
      : await findInstance(trx, code.instanceId)
  const now = kernel.wallMs()
  const known = found?.accountId === accountId ? found : undefined
  const instance: Instance = {
    id: kernel.catalog.newId('instance'),
    accountId,
    regionId,
    name: facts.hostName.slice(0, nameMax).trim(),
    kind: 'physical',
    method: 'none',
    tags: {},
    createdAt: now,
    ...known,
    ...factsOfInstance({ ...facts, architecture: checkSupported(facts) }),
    fingerprint: facts.machine,
    // One that was released and comes back is there again; its points never went.
    state: 'RUNNING',
    releasedAt: null,
    updatedAt: now,
  }
  await putInstance(trx, instance)
  return instance
}

const nameMax = 128

type Arrival = {
  readonly instance: Instance
  readonly clientId: ClientId
  readonly code: ActivationCode
}

/** A1. The code is spent and the machine has its identity: what fails now is told where the instance is shown. */
async function begin(
  kernel: ServerKernel,
  ports: AgentPorts,
  { instance, clientId, code }: Arrival,
): Promise<void> {
  if (code.plan['activate'] !== true) return
  const vaultId = fromJson(ids.vault, code.plan['vaultId'])
  try {
    await ports.activate({ instanceId: instance.id, vaultId, by: code.createdBy })
  } catch (problem) {
    kernel.log.error({ problem, instanceId: instance.id }, 'Essential backup could not be started')
    await updateClient(kernel.catalog.db, clientId, {
      ...activationProblem(problem),
      updatedAt: kernel.wallMs(),
    })
  }
}

function activationProblem(problem: unknown): JobProblem {
  if (isFailure(problem)) return { problemCode: problem.code, problem: problem.message }
  return jobProblem('server.fault', { request: 'enrol' })
}
