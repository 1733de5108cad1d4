/**
 * What may be changed of a point: its end is moved back, never forward (L4); a hold keeps it; and without lock and hold it
 * may go to the trash (L9, L11). The vault decides at its last entry, and its host tells the catalog what it decided.
 */
import { failure, isFailure } from '#base'
import type { PointId, VaultId } from '#contract'
import { type CatalogPoint, findPoint, findVault } from '../../catalog/index.ts'
import type { CallContext } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { Notices } from '../../notices.ts'
import { shortId, surroundingsOf } from './point-records.ts'

/** As many as an answer shows. */
const holdsMax = 64
const dayMs = 24 * 3600 * 1000

type Place = { readonly vaultId: VaultId; readonly pointId: PointId }

/** @throws point.not-found for points of others as well */
export async function getPointRow(
  kernel: ServerKernel,
  { vaultId, pointId }: Place,
  { identity }: Pick<CallContext, 'identity'>,
): Promise<CatalogPoint> {
  const row = await findPoint(kernel.catalog.db, vaultId, pointId)
  if (row?.accountId !== accountOf(identity))
    throw failure('point.not-found', { point: shortId(pointId) })
  return row
}

/** @param until wall clock; undefined: for ever. @throws point.retention-refused, retention.out-of-range */
export async function extendPoint(
  kernel: ServerKernel,
  row: CatalogPoint,
  until: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const trustedUntil =
    until === undefined ? 'forever' : row.trustedAt + Math.ceil(until - row.createdAt)
  if (isSameEnd(row.retainUntil, trustedUntil)) return
  const { vaultId, id } = row
  await assertAllowed(kernel, row, trustedUntil, signal)
  await kernel.vaults.extend(vaultId, id, trustedUntil, signal)
}

/** A call that is sent twice holds once. @throws limit.exceeded */
export async function holdPoint(
  kernel: ServerKernel,
  row: CatalogPoint,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const { vaultId, id, holds } = row
  if (holds.includes(reason)) return
  if (holds.length >= holdsMax)
    throw failure('limit.exceeded', { what: 'The number of holds', limit: holdsMax })
  await kernel.vaults.hold(vaultId, id, reason, signal)
}

export async function releasePoint(
  kernel: ServerKernel,
  row: CatalogPoint,
  signal: AbortSignal,
): Promise<void> {
  const { vaultId, id } = row
  if (row.holds.length === 0) return
  await kernel.vaults.releaseHold(vaultId, id, signal)
}

/**
 * To the trash; a point whose retention has ended goes for good. Refusals are told to the account (L16).
 * @throws point.locked, point.held, point.newest
 */
export async function removePoint(
  ports: { readonly kernel: ServerKernel; readonly notices: Notices },
  row: CatalogPoint,
  signal: AbortSignal,
): Promise<void> {
  const { kernel } = ports
  if (row.trashedAt !== null) return
  try {
    const { newest } = await surroundingsOf(kernel, [row], signal)
    if (newest.has(row.versionId)) throw failure('point.newest', { point: shortId(row.id) })
    await kernel.vaults.expire(row.vaultId, [row.id], signal)
  } catch (problem) {
    if (isRefusedDeletion(problem)) await tellRefusal(ports, row, problem.message)
    throw problem
  }
}

/** The vault says how long its points may be kept at most (L3, L14). @throws retention.out-of-range */
async function assertAllowed(
  kernel: ServerKernel,
  { vaultId, trustedAt }: CatalogPoint,
  until: number | 'forever',
  signal: AbortSignal,
): Promise<void> {
  const { config } = await kernel.vaults.state(vaultId, signal)
  const { retentionMinMs, retentionMaxMs } = config
  if (retentionMaxMs === undefined) return
  if (until !== 'forever' && until - trustedAt <= retentionMaxMs) return
  throw failure('retention.out-of-range', {
    days: until === 'forever' ? 'for ever' : daysText(until - trustedAt),
    min: daysText(retentionMinMs),
    max: daysText(retentionMaxMs),
  })
}

function daysText(milliseconds: number): string {
  return `${Math.ceil(milliseconds / dayMs)} days`
}

function isSameEnd(now: number | null, wanted: number | 'forever'): boolean {
  return wanted === 'forever' ? now === null : now === wanted
}

function isRefusedDeletion(problem: unknown): problem is Error {
  return (
    isFailure(problem, 'point.locked') ||
    isFailure(problem, 'point.held') ||
    isFailure(problem, 'point.newest')
  )
}

async function tellRefusal(
  { kernel, notices }: { readonly kernel: ServerKernel; readonly notices: Notices },
  row: CatalogPoint,
  text: string,
): Promise<void> {
  const { accountId, regionId, vaultId } = row
  const vault = await findVault(kernel.catalog.db, vaultId)
  const vaultName = vault?.name ?? vaultId
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
