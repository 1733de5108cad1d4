/** Points and versions as the API shows them: rows of the catalog, and what their vault's lock makes of them. */
import { filePath, type Point, type VaultId, type Version, type VersionId } from '#contract'
import { trashMs } from '#jobs'
import {
  type CatalogPoint,
  type CatalogVersion,
  findNewestOfPlans,
  listPlansOf,
  listPointsOfVersions,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { type LockView, lockViewsOf } from './lock-view.ts'
import { newestOfVolumes } from './newest-of-volumes.ts'

/** Switching "keep at least one" off takes effect this much later (C6, L10). */
const keepOffDelayMs = 3600 * 1000

/** What must be known beside a row to show it. */
export type PointSurroundings = {
  readonly locks: ReadonlyMap<VaultId, LockView>
  /** Versions that "keep at least one" keeps. */
  readonly newest: ReadonlySet<VersionId>
  readonly now: number
}

/** Asked once for all rows of an answer. */
export async function surroundingsOf(
  kernel: ServerKernel,
  points: readonly Pick<CatalogPoint, 'vaultId' | 'instanceId'>[],
  signal: AbortSignal,
): Promise<PointSurroundings> {
  const vaultIds = [...new Set(points.map(({ vaultId }) => vaultId))]
  const instanceIds = [...new Set(points.map(({ instanceId }) => instanceId))]
  const now = kernel.wallMs()
  const plans = (await listPlansOf(kernel.catalog.db, instanceIds)).filter(
    (plan) => plan.keepAtLeastOne || now < plan.keepChangedAt + keepOffDelayMs,
  )
  return {
    locks: await lockViewsOf(kernel, vaultIds, signal),
    newest: await findNewestOfPlans(
      kernel.catalog.db,
      plans.map(({ id }) => id),
    ),
    now,
  }
}

export function pointRecord(row: CatalogPoint, around: PointSurroundings): Point {
  const ends = expiresAtOf(row)
  const { id, trashedAt, holds, volume, sequence: _, ...facts } = row
  return {
    pointId: id,
    vaultId: facts.vaultId,
    versionId: facts.versionId,
    instanceId: facts.instanceId,
    path: filePath.decode(volume),
    status: facts.status,
    createdAt: facts.createdAt,
    ...(ends === undefined ? {} : { expiresAt: ends }),
    locked: isLocked(row, around.locks.get(facts.vaultId), around.now),
    holds: holds.map((reason) => ({ reason })),
    keptAsNewest: around.newest.has(facts.versionId),
    ...(trashedAt === null ? {} : { trashedUntil: wallClockOf(row, trashedAt + trashMs) }),
    files: facts.files,
    sourceBytes: facts.sourceBytes,
    newBytes: facts.newBytes,
    storedBytes: facts.storedBytes,
    failureCount: facts.failureCount,
  }
}

/** @param rows in the order of the answer */
export async function versionRecords(
  kernel: ServerKernel,
  rows: readonly CatalogVersion[],
  signal: AbortSignal,
): Promise<readonly Version[]> {
  const [first] = rows
  if (first === undefined) return []
  const points = await listPointsOfVersions(
    kernel.catalog.db,
    first.accountId,
    rows.map(({ id }) => id),
  )
  const around = await surroundingsOf(kernel, points, signal)
  const byVersion = Map.groupBy(points, keyOf)
  return rows.map((row) => {
    const all = byVersion.get(keyOf({ vaultId: row.vaultId, versionId: row.id })) ?? []
    const own = newestOfVolumes(all)
    const counted = own.length === all.length ? row : { ...row, ...sumOf(own) }
    return versionRecord(
      counted,
      own.map((point) => pointRecord(point, around)).slice(0, pointsMax),
    )
  })
}

const pointsMax = 256
const amounts = ['files', 'sourceBytes', 'newBytes', 'storedBytes'] as const

function sumOf(points: readonly CatalogPoint[]): Pick<CatalogVersion, (typeof amounts)[number]> {
  const sum = { files: 0, sourceBytes: 0, newBytes: 0, storedBytes: 0 }
  for (const point of points) for (const amount of amounts) sum[amount] += point[amount]
  return sum
}

function versionRecord(row: CatalogVersion, points: readonly Point[]): Version {
  const ends = points.map(({ expiresAt }) => expiresAt).filter((at) => at !== undefined)
  const isDated = points.length > 0 && ends.length === points.length
  return {
    versionId: row.id,
    instanceId: row.instanceId,
    vaultId: row.vaultId,
    ...(row.jobId === null ? {} : { jobId: row.jobId }),
    status: row.status,
    createdAt: row.createdAt,
    ...(isDated ? { expiresAt: Math.max(...ends) } : {}),
    points,
    files: row.files,
    sourceBytes: row.sourceBytes,
    newBytes: row.newBytes,
    storedBytes: row.storedBytes,
  }
}

/** Retention ends by the vault's own time, which never runs ahead of the calendar: this is the earliest possible date. */
export function expiresAtOf(
  row: Pick<CatalogPoint, 'createdAt' | 'trustedAt' | 'retainUntil'>,
): number | undefined {
  if (row.retainUntil === null) return undefined
  return wallClockOf(row, row.retainUntil)
}

function wallClockOf(
  row: Pick<CatalogPoint, 'createdAt' | 'trustedAt'>,
  trustedTime: number,
): number {
  return row.createdAt + (trustedTime - row.trustedAt)
}

/** A lock that cannot be asked is taken for a lock: nobody deletes anything from there anyway. */
function isLocked(row: CatalogPoint, lock: LockView | undefined, now: number): boolean {
  if (lock?.state === 'off') return false
  if (row.retainUntil === null) return true
  if (lock === undefined) return (expiresAtOf(row) ?? now) > now
  return row.retainUntil > lock.trustedNow
}

function keyOf(of: { readonly vaultId: VaultId; readonly versionId: VersionId }): string {
  return `${of.vaultId} ${of.versionId}`
}

/** Short, as people see ids of points elsewhere. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}
