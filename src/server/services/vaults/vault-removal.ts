/**
 * The end of a vault: refused while anything in it is locked or held, or while plans write into it; else after a delay, in
 * which it can be taken back. When the delay is over its points go to the trash, and the vault when nothing lives in it any
 * more. Everything is decided again at each step (L5, L7): what was locked meanwhile keeps the vault.
 */
import { failure, isFailure } from '#base'
import type { VaultRemovalProposal } from '#contract'
import {
  type CatalogVault,
  listPlans,
  listVaultsToRemove,
  updateVault,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { Notices } from '../../notices.ts'
import type { VaultState } from '../../vault-host.ts'
import { isoDay } from './lock-proposal.ts'
import {
  keptServerBackups,
  type LockedPoints,
  lockedPointsOf,
  pointsOfInstances,
} from './vault-records.ts'

const hourMs = 3600 * 1000
/** As a lock that is being set (reliability 5.1): long enough to notice. */
export const removalDelayMs = 72 * hourMs

export function proposeRemoval(
  row: CatalogVault,
  state: VaultState,
  now: number,
): VaultRemovalProposal {
  const locked = lockedPointsOf(state)
  const { count, lastEndsAt } = locked
  const removableAt = count === 0 ? (row.deletionDueAt ?? now + removalDelayMs) : lastEndsAt
  const serverBackupCount = keptServerBackups(state)
  return {
    vaultId: row.id,
    pointCount: pointsOfInstances(state).points.length,
    lockedPointCount: count - serverBackupCount,
    serverBackupCount,
    ...(lastEndsAt === undefined ? {} : { lastLockEndsAt: lastEndsAt }),
    ...(removableAt === undefined ? {} : { removableAt }),
    confirmation: removalConfirmation(row, state),
  }
}

/** Changes when a point comes or goes: what was read is what is confirmed. */
export function removalConfirmation(row: CatalogVault, state: VaultState): string {
  return `delete ${row.name} with ${pointsOfInstances(state).points.length} points`
}

/** @throws vault.locked, vault.in-use */
export async function assertRemovable(
  kernel: ServerKernel,
  row: CatalogVault,
  state: VaultState,
): Promise<void> {
  const locked = lockedPointsOf(state)
  if (locked.count > 0)
    throw failure('vault.locked', {
      vault: row.name,
      count: locked.count,
      until: untilText(locked),
    })
  const filter = {
    accountId: row.accountId,
    vaultId: row.id,
    statuses: ['ACTIVE', 'PAUSED'],
  } as const
  const { items } = await listPlans(kernel.catalog.db, filter, { limit: 500 })
  if (items.length > 0) throw failure('vault.in-use', { vault: row.name, count: items.length })
}

/** A vault that was to go and may not stays, and its account is told. @returns the vaults that are gone */
export async function performDueRemovals(
  ports: { readonly kernel: ServerKernel; readonly notices: Notices },
  signal: AbortSignal,
): Promise<readonly CatalogVault[]> {
  const { kernel } = ports
  const gone: CatalogVault[] = []
  for (const row of await listVaultsToRemove(kernel.catalog.db, kernel.wallMs())) {
    try {
      if (await performRemoval(ports, row, signal)) gone.push(row)
    } catch (problem) {
      if (signal.aborted || !isFailure(problem)) throw problem
      // It stays due; the others need not wait for it.
      kernel.log.warn({ vaultId: row.id, err: problem }, 'a vault could not be deleted')
    }
  }
  return gone
}

async function performRemoval(
  ports: { readonly kernel: ServerKernel; readonly notices: Notices },
  row: CatalogVault,
  signal: AbortSignal,
): Promise<boolean> {
  const { kernel } = ports
  const { db } = kernel.catalog
  const now = kernel.wallMs()
  const isMade = row.state === 'CREATED' || row.state === 'UNKNOWN'
  if (isMade) {
    const state = await kernel.vaults.state(row.id, signal)
    const locked = lockedPointsOf(state)
    if (locked.count > 0) {
      await updateVault(db, row.id, { deletionDueAt: null, updatedAt: now })
      await tellKept(ports, row, locked)
      return false
    }
    const living = state.points.filter((point) => point.state.trashedUntil === undefined)
    const ids = living.map(({ id }) => id)
    if (ids.length > 0) await kernel.vaults.expire(row.id, ids, signal)
    // What is in the trash can still be asked for; the vault goes with the last of it.
    if ((await kernel.vaults.state(row.id, signal)).points.length > 0) return false
  }
  await updateVault(db, row.id, { deletedAt: now, deletionDueAt: null, updatedAt: now })
  kernel.log.info({ vaultId: row.id }, 'a vault was deleted')
  return true
}

async function tellKept(
  { kernel, notices }: { readonly kernel: ServerKernel; readonly notices: Notices },
  row: CatalogVault,
  locked: LockedPoints,
): Promise<void> {
  const { accountId, regionId, id: vaultId, name: vaultName } = row
  const text = `The vault ${vaultName} was not deleted: ${locked.count} point(s) in it are locked until ${untilText(locked)}.`
  const at = kernel.wallMs()
  await notices.raise({
    kind: 'DELETION_REFUSED',
    accountId,
    regionId,
    vaultId,
    vaultName,
    text,
    at,
  })
}

function untilText({ lastEndsAt }: LockedPoints): string {
  return lastEndsAt === undefined ? 'further notice' : isoDay(lastEndsAt)
}
