/**
 * Keep at least one version (C6, L10): which points of a vault no expiry may take, although their retention has ended. Read
 * from the vault itself, not from the catalog: a catalog that forgot a point, or that a plan existed, must never let the
 * newest version go. What nobody knows is kept.
 */
import type { InstanceId, PlanId } from '#contract'
import { type KnownPoint, sourceKey } from '#engine'
import type { CatalogPlan } from '../catalog/plans/plans.ts'
import type { FilledPoint } from '../catalog/vaults/fill-points.ts'
import { filledPointOf } from '../gateway/point-origin.ts'
import { keepEndsAfterMs } from '../services/protection/plan-view.ts'

export type KeepQuestion = {
  /** Living points of the vault. */
  readonly points: readonly KnownPoint[]
  /** Plans that the points name, cancelled ones too; those that the catalog does not know are not in it. */
  readonly plans: ReadonlyMap<PlanId, KeepTerms>
  readonly now: number
}

export type KeepTerms = Pick<
  CatalogPlan,
  'status' | 'keepAtLeastOne' | 'keepChangedAt' | 'canceledAt'
>

export function chooseKept({ points, plans, now }: KeepQuestion): ReadonlySet<string> {
  const kept = new Set<string>()
  const own: FilledPoint[] = []
  const foreign: KnownPoint[] = []
  for (const known of points) {
    const filled = filledPointOf(known)
    if (filled === undefined) foreign.push(known)
    else own.push(filled)
  }
  const groups = Map.groupBy(own, groupOf)
  for (const group of groups.values()) {
    const planId = group[0]?.planId ?? null
    if (!keepsOne(planId === null ? undefined : plans.get(planId), now)) continue
    for (const id of newestOf(group)) kept.add(id)
  }
  // What the command line wrote into this vault belongs to no plan.
  for (const ofSource of Map.groupBy(foreign, ({ point }) => sourceKey(point)).values()) {
    const newest = ofSource.toSorted((a, b) => b.point.sequence - a.point.sequence)[0]
    if (newest !== undefined) kept.add(newest.id)
  }
  return kept
}

/** A plan's versions follow one another; without a plan those of an instance do. */
function groupOf({ planId, instanceId }: FilledPoint): PlanId | InstanceId {
  return planId ?? instanceId
}

/** Cancelled backups keep nothing (C8); that and switching off count an hour later (L10); an unknown plan may keep. */
export function keepsOne(plan: KeepTerms | undefined, now: number): boolean {
  if (plan === undefined) return true
  const isKept = plan.keepAtLeastOne || now < plan.keepChangedAt + keepEndsAfterMs
  if (plan.status !== 'CANCELED') return isKept
  return isKept && now < (plan.canceledAt ?? Number.NEGATIVE_INFINITY) + keepEndsAfterMs
}

/**
 * The newest version, the newest whole one beside it, and for each volume of the newest its newest whole point: a version
 * that lacks a volume, or whose files could not be read, replaces nothing.
 */
function newestOf(group: readonly FilledPoint[]): readonly string[] {
  // What is in the trash is kept only where there is nothing else.
  const standing = group.filter(({ trashedAt }) => trashedAt === null)
  const points = standing.length > 0 ? standing : group
  const versions = [...Map.groupBy(points, ({ versionId }) => versionId).values()].toSorted(
    (a, b) => newestSequence(b) - newestSequence(a),
  )
  const newest = versions[0] ?? []
  const volumes = new Set(newest.map(({ volume }) => volume))
  const widest = versions.find(
    (version) => version.every(isWhole) && volumes.isSubsetOf(new Set(version.map(volumeOf))),
  )
  const perVolume = [...Map.groupBy(points.filter(isWhole), volumeOf).values()].map(
    (ofVolume) => ofVolume.toSorted((a, b) => b.sequence - a.sequence)[0],
  )
  return [...newest, ...(widest ?? []), ...perVolume].flatMap((point) =>
    point === undefined ? [] : [point.id],
  )
}

function newestSequence(version: readonly FilledPoint[]): number {
  return version.reduce((newest, { sequence }) => Math.max(newest, sequence), -1)
}

function isWhole({ status }: FilledPoint): boolean {
  return status === 'complete'
}

function volumeOf({ volume }: FilledPoint): string {
  return volume
}
