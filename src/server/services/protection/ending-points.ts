/**
 * What ends when the backups of an instance are cancelled or the instance is deleted (C8, L9): unlocked points go to the
 * trash, locked ones and held ones stay until their dates. First a proposal, which says what is lost; then the same
 * proposal carried out, as far as it still stands.
 */
import { failure, isFailure } from '#base'
import type { CancelProposal, InstanceId, VaultId, VersionId } from '#contract'
import type { KnownPoint } from '#engine'
import { trashMs } from '#jobs'
import type { Instance } from '../../catalog/instances/instances.ts'
import { listVaults } from '../../catalog/vaults/vaults.ts'
import { filledPointOf } from '../../gateway/point-origin.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultState } from '../../vault-host.ts'

export type EndingPoint = {
  readonly vaultId: VaultId
  readonly pointId: string
  readonly versionId: VersionId
  /** It may not go before its time. */
  readonly isLocked: boolean
  readonly isTrashed: boolean
  /** When it may go, as the calendar will say; undefined: for ever, or until a hold is taken away. */
  readonly endsAt: number | undefined
}

/** Points of an instance in all vaults of its account, as the vaults themselves say. */
export async function listEndingPoints(
  kernel: ServerKernel,
  instance: Pick<Instance, 'id' | 'accountId'>,
  signal: AbortSignal,
): Promise<readonly EndingPoint[]> {
  const vaults = await listVaults(kernel.catalog.db, instance.accountId)
  const found: EndingPoint[] = []
  for (const vault of vaults) {
    if (vault.kind !== 'standard' || vault.state !== 'CREATED') continue
    const state = await kernel.vaults.state(vault.id, signal)
    found.push(...endingOf(vault.id, instance.id, state, kernel.wallMs()))
  }
  return found
}

function endingOf(
  vaultId: VaultId,
  instanceId: InstanceId,
  vault: VaultState,
  now: number,
): readonly EndingPoint[] {
  return vault.points.flatMap((known) => {
    const filled = filledPointOf(known)
    if (filled === undefined || filled.instanceId !== instanceId) return []
    return [
      {
        vaultId,
        pointId: known.id,
        versionId: filled.versionId,
        isLocked: isLocked(known, vault),
        isTrashed: known.state.trashedUntil !== undefined,
        endsAt: wallEndOf(known, vault, now),
      },
    ]
  })
}

function isLocked({ state }: KnownPoint, vault: VaultState): boolean {
  if (state.holds.length > 0) return true
  const hasEnded = state.retainUntil !== undefined && state.retainUntil <= vault.trustedNow
  return vault.lock !== 'off' && !hasEnded
}

/** Trusted time lags behind the calendar; the date is the earliest possible one. */
function wallEndOf({ state }: KnownPoint, vault: VaultState, now: number): number | undefined {
  if (state.retainUntil === undefined || state.holds.length > 0) return undefined
  return Math.max(now, now + (state.retainUntil - vault.trustedNow))
}

export type EndingRequest = {
  /** "cancel the backups of", "delete": begins the text to type. */
  readonly verb: string
  readonly instance: Instance
  readonly points: readonly EndingPoint[]
  readonly uninstallsClient: boolean
  readonly now: number
}

export function proposeEnding(request: EndingRequest): CancelProposal {
  const { instance, points, now } = request
  const locked = points.filter(({ isLocked }) => isLocked)
  const trashed = points.filter(({ isLocked, isTrashed }) => !isLocked && !isTrashed)
  const ends = locked.map(({ endsAt }) => endsAt)
  const lastLockEndsAt = ends.includes(undefined)
    ? undefined
    : ends.reduce<number | undefined>((last, at) => Math.max(last ?? 0, at ?? 0), undefined)
  const trashEndsAt = trashed.length === 0 ? undefined : now + trashMs
  const isForEver = ends.includes(undefined)
  // H5: metering ends with the last version; what is in the trash is none.
  const meteringEndsAt = locked.length === 0 ? now : lastLockEndsAt
  return {
    instanceId: instance.id,
    versionCount: new Set(points.map(({ versionId }) => versionId)).size,
    pointCount: points.length,
    lockedPointCount: locked.length,
    ...(lastLockEndsAt === undefined ? {} : { lastLockEndsAt }),
    trashedPointCount: trashed.length,
    ...(trashEndsAt === undefined ? {} : { trashEndsAt }),
    ...(meteringEndsAt === undefined || isForEver ? {} : { meteringEndsAt }),
    uninstallsClient: request.uninstallsClient,
    says: describeLoss(request, { locked: locked.length, trashed: trashed.length, lastLockEndsAt }),
    confirmation: `${request.verb} ${instance.name} (${counted(points.length, 'point')})`,
  }
}

function describeLoss(
  { instance, uninstallsClient, now }: EndingRequest,
  counts: {
    readonly locked: number
    readonly trashed: number
    readonly lastLockEndsAt: number | undefined
  },
): readonly string[] {
  const { locked, trashed, lastLockEndsAt } = counts
  const says = [`${instance.name} is not backed up any more.`]
  if (trashed > 0) {
    const until = dateOf(now + trashMs)
    says.push(
      `${counted(trashed, 'backup point')} that nothing locks: in the trash until ${until}, then lost for good.`,
    )
  }
  if (locked > 0) {
    const until =
      lastLockEndsAt === undefined ? 'until they are released' : `until ${dateOf(lastLockEndsAt)}`
    says.push(
      `${counted(locked, 'backup point')} that are locked: they stay, can be restored and take up space, the last ${until}.`,
    )
  }
  if (locked + trashed === 0) says.push('It has no backup points to lose.')
  if (uninstallsClient) says.push('Its client is uninstalled.')
  return says
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/**
 * Sends to the trash what may go. @throws record.changed when one of a vault was locked or held meanwhile: then none of
 * that vault goes, and the same call may be made again.
 */
export async function performEnding(
  kernel: ServerKernel,
  points: readonly EndingPoint[],
  signal: AbortSignal,
): Promise<void> {
  const loose = points.filter(({ isLocked, isTrashed }) => !isLocked && !isTrashed)
  for (const [vaultId, some] of Map.groupBy(loose, (point) => point.vaultId)) {
    const ids = some.map(({ pointId }) => pointId)
    try {
      await kernel.vaults.expire(vaultId, ids, signal)
    } catch (problem) {
      const isRefused = (['point.locked', 'point.held', 'point.not-found'] as const).some((code) =>
        isFailure(problem, code),
      )
      if (!isRefused) throw problem
      throw failure('record.changed', { kind: 'vault', id: vaultId }, problem)
    }
  }
}
