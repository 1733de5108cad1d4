/** What a server writes into a point that it makes, as tags, and the point as the catalog lists it (E6). */
import {
  type InstanceId,
  type JobId,
  type PlanId,
  type PointId,
  pathToText,
  type VersionId,
} from '#contract'
import type { KnownPoint } from '#engine'
import { trashMs } from '#jobs'
import type { FilledPoint } from '../catalog/vaults/fill-points.ts'
import type { PointOrigin } from '../vault-host.ts'

const prefix = 'holdfast:'

export function tagsOf(origin: PointOrigin): readonly string[] {
  const { instanceId, versionId, planId, jobId, accountId, blockBytes } = origin
  const facts = { accountId, instanceId, versionId, planId, jobId, blockBytes }
  return Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${prefix}${name}=${value}`],
  )
}

/** Undefined: no server made this point; who made it with the command line browses it there. */
export function filledPointOf(known: KnownPoint): FilledPoint | undefined {
  const { point, id, state } = known
  const facts = factsOf(point.tags)
  const [instanceId, versionId] = [facts.get('instanceId'), facts.get('versionId')]
  if (instanceId === undefined || versionId === undefined) return undefined
  const { summary } = point
  return {
    id: id as PointId,
    versionId: versionId as VersionId,
    instanceId: instanceId as InstanceId,
    planId: (facts.get('planId') ?? null) as PlanId | null,
    jobId: (facts.get('jobId') ?? null) as JobId | null,
    volume: point.sources.map(({ path }) => pathToText(path)).join(', '),
    status: point.status,
    sequence: point.sequence,
    createdAt: point.createdAt,
    trustedAt: point.trustedAt,
    retainUntil: state.retainUntil ?? null,
    files: summary.files,
    directories: summary.directories,
    sourceBytes: summary.sourceBytes,
    newBytes: summary.newBytes,
    storedBytes: summary.storedBytes,
    failureCount: point.failureCount,
    holds: state.holds.map(({ reason }) => reason),
    trashedAt: state.trashedUntil === undefined ? null : state.trashedUntil - trashMs,
    blockBytes: Number(facts.get('blockBytes') ?? 0),
    hostName: point.host,
  }
}

/** The point before of an instance: of the same source, the newest. */
export function isOfInstance({ point }: KnownPoint, instanceId: InstanceId): boolean {
  return factsOf(point.tags).get('instanceId') === instanceId
}

export function isOfJob({ point }: KnownPoint, jobId: string): boolean {
  return factsOf(point.tags).get('jobId') === jobId
}

function factsOf(tags: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    tags.flatMap((tag): [string, string][] => {
      const at = tag.indexOf('=')
      return tag.startsWith(prefix) && at > 0
        ? [[tag.slice(prefix.length, at), tag.slice(at + 1)]]
        : []
    }),
  )
}
