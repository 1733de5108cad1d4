/**
 * What became of one path over all points of an instance, the oldest first. A call asks a bounded number of points; a run of
 * equal points that it does not see the end of is told by the next one, unless it is longer than a call.
 */
import { type ByteString, failure } from '#base'
import type { FileVersion, InstanceId, PointId, VaultId } from '#contract'
import { type EntryVersion, historyOf, isWithin, PointPaths } from '#jobs'
import { readCursor, writeCursor } from '../../cursor.ts'
import type { CallContext } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { EntryPage } from './browse-folder.ts'
import { entryRecord } from './entry-records.ts'
import { type InstanceKnownPoint, pointsIn, vaultsOf } from './instance-points.ts'

/** Points that one call asks: each costs a few nodes. */
const pointsPerCall = 200

export type HistoryRequest = {
  readonly instanceId: InstanceId
  readonly path: ByteString
  readonly limit: number
  readonly cursor: string | undefined
}

/** @throws instance.not-found, page.cursor-refused */
export async function fileHistory(
  kernel: ServerKernel,
  request: HistoryRequest,
  context: Pick<CallContext, 'identity' | 'signal'>,
): Promise<EntryPage<FileVersion>> {
  const { instanceId, path, limit, cursor } = request
  const call = ['file-history', instanceId, path]
  const start = cursor === undefined ? undefined : positionOf(readCursor(call, cursor))
  for (const vaultId of await vaultsOf(kernel, instanceId, context)) {
    if (start !== undefined && vaultId < start.vaultId) continue
    await using reading = await kernel.vaults.read(vaultId, context.signal)
    const all = await pointsIn(kernel, { reading, vaultId, instanceId }, context)
    const from = start?.vaultId === vaultId ? start.sequence : 0
    const points = pointsOfPath(all, path)
    const runs = await runsFrom(points, { from, limit }, async (known) =>
      historyOf(reading.reader, { points: known, path }, context.signal),
    )
    const items = runs.versions.map((version) => versionRecord(vaultId, version, points))
    if (runs.next !== undefined) return { items, next: writeCursor(call, [vaultId, runs.next]) }
    if (items.length > 0) {
      const after = await vaultAfter(kernel, vaultId, { instanceId, context })
      return { items, next: after === undefined ? undefined : writeCursor(call, [after, 0]) }
    }
  }
  return { items: [], next: undefined }
}

/** Of each version the point whose volume the path is on: that of `/` covers what is mounted below it as well. */
function pointsOfPath(
  points: readonly InstanceKnownPoint[],
  path: ByteString,
): readonly InstanceKnownPoint[] {
  const deepest = new Map<string, { readonly point: InstanceKnownPoint; readonly depth: number }>()
  for (const point of points) {
    const { known, versionId } = point
    if (!new PointPaths(known.point).covers(path)) continue
    const depth = Math.max(
      ...known.point.sources.map((source) =>
        isWithin(path, source.path) ? source.path.length : 0,
      ),
    )
    const other = deepest.get(versionId)
    if (other === undefined || depth > other.depth) deepest.set(versionId, { point, depth })
  }
  return [...deepest.values()]
    .map(({ point }) => point)
    .sort((a, b) => a.known.point.sequence - b.known.point.sequence)
}

type Runs = {
  readonly versions: readonly EntryVersion[]
  /** Sequence number of the point at which the next call begins. */
  readonly next: number | undefined
}

async function runsFrom(
  points: readonly InstanceKnownPoint[],
  at: { readonly from: number; readonly limit: number },
  ask: (points: readonly InstanceKnownPoint['known'][]) => Promise<readonly EntryVersion[]>,
): Promise<Runs> {
  const first = points.findIndex(({ known }) => known.point.sequence >= at.from)
  if (first < 0) return { versions: [], next: undefined }
  // The point before shows what changed against, and that the path was there at all.
  const before = first > 0 ? points[first - 1]?.known : undefined
  const asked = points.slice(Math.max(0, first - 1), first + pointsPerCall)
  const told = await ask(asked.map(({ known }) => known))
  const versions = told.flatMap((version) => withoutPoint(version, before?.id, points))
  const isEnd = first + pointsPerCall >= points.length
  const kept = versions.slice(0, at.limit)
  const cut = versions[at.limit]
  if (cut !== undefined) return { versions: kept, next: cut.first.point.sequence }
  if (isEnd) return { versions: kept, next: undefined }
  const beyond = points[first + pointsPerCall]?.known.point.sequence
  const open = kept.length > 1 ? kept.at(-1) : undefined
  if (open === undefined) return { versions: kept, next: beyond }
  return { versions: kept.slice(0, -1), next: open.first.point.sequence }
}

/** The run as it is without the point before the beginning of this call. */
function withoutPoint(
  version: EntryVersion,
  id: string | undefined,
  points: readonly InstanceKnownPoint[],
): readonly EntryVersion[] {
  if (version.first.id !== id) return [version]
  if (version.count === 1) return []
  const next = points[points.findIndex(({ known }) => known.id === id) + 1]?.known
  return next === undefined ? [] : [{ ...version, first: next, count: version.count - 1 }]
}

async function vaultAfter(
  kernel: ServerKernel,
  vaultId: VaultId,
  of: {
    readonly instanceId: InstanceId
    readonly context: Pick<CallContext, 'identity' | 'signal'>
  },
): Promise<VaultId | undefined> {
  const vaultIds = await vaultsOf(kernel, of.instanceId, of.context)
  return vaultIds.find((id) => id > vaultId)
}

function versionRecord(
  vaultId: VaultId,
  { entry, isUnread, first, last, count }: EntryVersion,
  points: readonly InstanceKnownPoint[],
): FileVersion {
  return {
    vaultId,
    ...(entry === undefined ? {} : { entry: entryRecord(entry, new PointPaths(first.point)) }),
    unread: isUnread,
    firstPointId: pointIdOf(first.id, points),
    firstAt: first.point.createdAt,
    lastPointId: pointIdOf(last.id, points),
    lastAt: last.point.createdAt,
    pointCount: count,
  }
}

function pointIdOf(id: string, points: readonly InstanceKnownPoint[]): PointId {
  const point = points.find(({ known }) => known.id === id)
  if (point === undefined) throw failure('point.not-found', { point: id.slice(0, 8) })
  return point.pointId
}

/** @throws page.cursor-refused */
function positionOf([vaultId, sequence]: readonly unknown[]) {
  if (typeof vaultId !== 'string' || typeof sequence !== 'number')
    throw failure('page.cursor-refused')
  return { vaultId, sequence }
}
