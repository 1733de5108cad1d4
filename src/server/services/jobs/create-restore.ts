/**
 * Makes a restore (F1 to F4), or says why not. The points may be of an instance that is gone; the target must be there, be
 * of the same account, and in the region of the vault. Who may restore is checked before: the class of the route says it.
 */
import { failure } from '#base'
import type { AccountId, InstanceId, PointId, UserId, VaultId } from '#contract'
import {
  type CatalogPoint,
  type CatalogVault,
  createRequestedJob,
  findPoint,
  findVault,
  type Instance,
  type Job,
  listPlansOf,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { limitsOf } from '../protection/backup-request.ts'
import { announceJob, attemptsMax, untakenMaxMs } from '../protection/plan-jobs.ts'
import { getReachable } from '../protection/reachable-instance.ts'
import { type RestoreRequest, writeRestoreRequest } from './restore-request.ts'

export type RestoreOrder = Pick<RestoreRequest, 'targetPath'> & {
  readonly vaultId: VaultId
  readonly pointIds: readonly PointId[]
  readonly targetInstanceId?: InstanceId | undefined
  readonly selection?: RestoreRequest['selection'] | undefined
  readonly conflict?: RestoreRequest['conflict'] | undefined
  readonly dryRun?: boolean | undefined
}

export type RestoreCaller = { readonly accountId: AccountId; readonly userId: UserId }

/** @throws record.not-found, point.not-found, instance.not-found, instance.not-running, agent.unreachable, request.invalid, restore.other-region */
export async function createRestore(
  kernel: ServerKernel,
  caller: RestoreCaller,
  order: RestoreOrder,
): Promise<Job> {
  const vault = await getVault(kernel, caller, order.vaultId)
  const points = await getPoints(kernel, vault, order.pointIds)
  const [first] = points
  if (first === undefined) throw failure('point.not-found', { point: '' })
  const targetId = order.targetInstanceId ?? first.instanceId
  const { instance: target } = await getReachable(kernel, caller.accountId, targetId)
  if (target.regionId !== vault.regionId) {
    throw failure('restore.other-region', {
      from: vault.regionId,
      to: target.regionId,
      instance: target.id,
    })
  }
  const job = await putJob(kernel, { caller, order, vault, first, target })
  announceJob(kernel, job)
  kernel.doorbell.ring(target.id)
  return job
}

async function getVault(
  kernel: ServerKernel,
  { accountId }: RestoreCaller,
  id: VaultId,
): Promise<CatalogVault> {
  const vault = await findVault(kernel.catalog.db, id)
  if (vault?.accountId !== accountId || vault.deletedAt !== null) {
    throw failure('record.not-found', { kind: 'vault', id })
  }
  return vault
}

/** Of one instance, each volume once: else two points would fight for the same files. */
async function getPoints(
  kernel: ServerKernel,
  vault: CatalogVault,
  ids: readonly PointId[],
): Promise<readonly CatalogPoint[]> {
  const points: CatalogPoint[] = []
  for (const id of new Set(ids)) {
    const point = await findPoint(kernel.catalog.db, vault.id, id)
    const isThere = point?.accountId === vault.accountId && point.status !== 'failed'
    if (!isThere) throw failure('point.not-found', { point: id.slice(0, 12) })
    points.push(point)
  }
  if (new Set(points.map(({ instanceId }) => instanceId)).size > 1) {
    throw invalidPoints('they are of more than one instance')
  }
  if (new Set(points.map(({ volume }) => volume)).size < points.length) {
    throw invalidPoints('two of them are of the same volume')
  }
  return points
}

function invalidPoints(problem: string) {
  return failure('request.invalid', { where: 'body.pointIds', problem })
}

type Parts = {
  readonly caller: RestoreCaller
  readonly order: RestoreOrder
  readonly vault: CatalogVault
  readonly first: CatalogPoint
  readonly target: Instance
}

async function putJob(
  kernel: ServerKernel,
  { caller, order, vault, first, target }: Parts,
): Promise<Job> {
  const { db, newId } = kernel.catalog
  const now = kernel.wallMs()
  // The priority of the target's plan covers restores too (D3).
  const [plan] = await listPlansOf(db, [target.id])
  const request = writeRestoreRequest(
    {
      pointIds: [...new Set(order.pointIds)],
      selection: order.selection ?? { kind: 'all' },
      conflict: order.conflict ?? 'skip',
      ...(order.targetPath === undefined ? {} : { targetPath: order.targetPath }),
    },
    plan === undefined ? {} : limitsOf(plan.priority),
  )
  const { job } = await createRequestedJob(db, {
    id: newId('restoreJob'),
    accountId: caller.accountId,
    regionId: target.regionId,
    kind: 'RESTORE',
    trigger: 'MANUAL',
    planId: null,
    policyId: null,
    instanceId: target.id,
    sourceInstanceId: first.instanceId,
    vaultId: vault.id,
    versionId: first.versionId,
    dueAt: null,
    request,
    dryRun: order.dryRun ?? false,
    createdBy: caller.userId,
    createdAt: now,
    availableAt: now,
    expiresAt: now + untakenMaxMs,
    attemptsMax,
  })
  return job
}
