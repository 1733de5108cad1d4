/**
 * Activation of Essential backup on one or many instances (A1, A2): each has its own result, and one that is refused
 * stops none of the others. Where the client is missing it is pushed, if the server was given a way to the machine.
 */
import { type Failure, failure, isFailure } from '#base'
import {
  type InstanceId,
  type InstanceResult,
  type Priority,
  problemOf,
  type VaultId,
} from '#contract'
import { clientDefaults } from '../../catalog/instances/client-defaults.ts'
import {
  type Client,
  createClient,
  listClientsOf,
  updateClient,
} from '../../catalog/instances/clients.ts'
import { findInstance, type Instance } from '../../catalog/instances/instances.ts'
import type { CallContext } from '../../handler.ts'
import { accountOf, userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { makeActivationCode } from './activation-code.ts'
import { announceStatus } from './instance-facts.ts'
import { beginProtection } from './protect.ts'
import type { ProtectionPorts } from './protection-ports.ts'

export type Activation = {
  readonly instanceIds: readonly InstanceId[]
  readonly vaultId?: VaultId | undefined
  readonly priority?: Exclude<Priority, 'custom'> | undefined
}

export async function activateInstances(
  kernel: ServerKernel,
  ports: ProtectionPorts,
  activation: Activation,
  context: CallContext,
): Promise<readonly InstanceResult[]> {
  return await eachInstance(activation.instanceIds, async (instanceId) => {
    const instance = await ownInstance(kernel, instanceId, context)
    const way = await prepare(kernel, ports, instance)
    const plan = await beginProtection(
      kernel,
      { ...activation, instanceId, createdBy: userOf(context.identity).userId },
      context.signal,
    )
    if (way === 'ssh') await push(kernel, ports, instance, context)
    return { planId: plan.id, ...(way === undefined ? {} : { way }) }
  })
}

/** One result for each instance, in their order; a bug is no result and ends the call. */
export async function eachInstance(
  ids: readonly InstanceId[],
  work: (id: InstanceId) => Promise<Partial<InstanceResult>>,
): Promise<readonly InstanceResult[]> {
  const results: InstanceResult[] = []
  for (const instanceId of new Set(ids)) {
    try {
      results.push({ ...(await work(instanceId)), instanceId, accepted: true })
    } catch (problem) {
      results.push({ instanceId, accepted: false, problem: problemOf(refusalOf(problem)) })
    }
  }
  return results
}

/** A bug is no answer, nor is the end of the call. */
export function refusalOf(problem: unknown): Failure {
  if (isFailure(problem) && problem.code !== 'job.aborted') return problem
  throw problem
}

/** The listener checked whose it is; it may be gone since, and a bulk call names many. @throws instance.not-found */
export async function ownInstance(
  kernel: ServerKernel,
  id: InstanceId,
  { identity }: Pick<CallContext, 'identity'>,
): Promise<Instance> {
  const instance = await findInstance(kernel.catalog.db, id)
  if (instance === undefined || instance.accountId !== accountOf(identity)) {
    throw failure('instance.not-found', { instance: id })
  }
  return instance
}

/** The pre-checks (A2). @returns how the client gets there; undefined: it is there */
async function prepare(
  kernel: ServerKernel,
  { push }: ProtectionPorts,
  instance: Instance,
): Promise<'ssh' | undefined> {
  if (instance.state === 'RELEASED') throw failure('instance.not-found', { instance: instance.id })
  if (instance.state === 'STOPPED') {
    throw failure('instance.not-running', { instance: instance.name })
  }
  const client = (await listClientsOf(kernel.catalog.db, [instance.id])).get(instance.id)
  if (isThere(client)) return undefined
  if (push !== undefined && (await push.canReach(instance))) return 'ssh'
  const problem = client?.heardAt == null ? 'there is no client on it' : 'its client is gone'
  throw failure('agent.unreachable', { instance: instance.name, problem })
}

/** Enrolled, and not on its way out: when it is silent now, its runs wait for it. */
function isThere(client: Client | undefined): boolean {
  if (client === undefined || client.revokedAt !== null || client.identity === null) return false
  return !goneStatuses.includes(client.status)
}

const goneStatuses: readonly Client['status'][] = [
  'NOT_INSTALLED',
  'INSTALLING',
  'INSTALL_FAILED',
  'UNINSTALLING',
]

async function push(
  kernel: ServerKernel,
  ports: ProtectionPorts,
  instance: Instance,
  context: CallContext,
): Promise<void> {
  const { db } = kernel.catalog
  const now = kernel.wallMs()
  const client = (await listClientsOf(db, [instance.id])).get(instance.id)
  const begun = { status: 'INSTALLING', problemCode: null, problem: null, updatedAt: now } as const
  if (client === undefined) {
    await createClient(db, {
      id: kernel.catalog.newId('client'),
      ...clientDefaults,
      ...begun,
      accountId: instance.accountId,
      regionId: instance.regionId,
      instanceId: instance.id,
      settings: {},
      createdAt: now,
    })
  } else await updateClient(db, client.id, begun)
  await announceStatus(kernel, instance.id)
  const { secret } = await makeActivationCode(kernel, {
    accountId: instance.accountId,
    regionId: instance.regionId,
    instanceId: instance.id,
    choice: { activate: false, vaultId: undefined, note: 'pushed over SSH' },
    createdBy: userOf(context.identity).userId,
  })
  try {
    await ports.push?.begin({ instance, code: secret, host: context.host }, context.signal)
  } catch (problem) {
    await noteFailedInstallation(kernel, instance, problem)
    throw problem
  }
}

/** A6: "Preparation Failed", with the error. */
async function noteFailedInstallation(
  kernel: ServerKernel,
  instance: Instance,
  problem: unknown,
): Promise<void> {
  const client = (await listClientsOf(kernel.catalog.db, [instance.id])).get(instance.id)
  if (client === undefined) return
  const said = isFailure(problem)
    ? { problemCode: problem.code, problem: problem.message }
    : { problemCode: 'server.fault', problem: 'the installation could not be begun' }
  const change = { ...said, status: 'INSTALL_FAILED', updatedAt: kernel.wallMs() } as const
  await updateClient(kernel.catalog.db, client.id, change, ['INSTALLING'])
  await announceStatus(kernel, instance.id)
}
