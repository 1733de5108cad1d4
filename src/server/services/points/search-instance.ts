/**
 * Search in all points of an instance. They are walked in groups of points that keep equal paths under equal keys; of each
 * state of an entry a group shows the newest point that has it. A cursor names the group by its newest and its oldest point,
 * so points that come and go meanwhile neither repeat nor hide what others hold.
 */
import { createHash } from 'node:crypto'
import { assert, type ByteString, failure } from '#base'
import type { FoundEntry, InstanceId, VaultId } from '#contract'
import { PointPaths } from '#jobs'
import { type CursorFields, readCursor, writeCursor } from '../../cursor.ts'
import type { CallContext } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultReading } from '../../vault-host.ts'
import type { EntryPage } from './browse-folder.ts'
import { findPlace, keyAt, placeOf, rootsOf, type TreePlace } from './entry-cursor.ts'
import { entryRecord } from './entry-records.ts'
import { type InstanceKnownPoint, pointsIn, vaultsOf } from './instance-points.ts'
import { type SearchConditions, searchEntries, searchGroupMax } from './search-entries.ts'
import type { WorkBudget } from './work-budget.ts'

export type InstanceSearch = {
  readonly instanceId: InstanceId
  readonly conditions: SearchConditions
  readonly limit: number
  readonly cursor: string | undefined
}

/** Where a search goes on: in this group of this vault, at this place of it, or after it. */
type Position = {
  readonly vaultId: string
  readonly realm: string
  readonly newest: number
  readonly oldest: number
  readonly place: TreePlace | undefined
}

type Group = {
  readonly realm: string
  readonly paths: PointPaths
  /** The newest first, never empty. */
  readonly points: readonly InstanceKnownPoint[]
  /** Undefined: from its beginning. */
  readonly place: TreePlace | undefined
}

/** @throws instance.not-found, search.pattern-refused, page.cursor-refused */
export async function searchInstance(
  kernel: ServerKernel,
  search: InstanceSearch,
  budget: WorkBudget,
  context: Pick<CallContext, 'identity' | 'signal'>,
): Promise<EntryPage<FoundEntry>> {
  const { instanceId, conditions, limit, cursor } = search
  const { signal } = context
  const call = ['search-instance', instanceId, conditions]
  const position = cursor === undefined ? undefined : positionOf(readCursor(call, cursor))
  const items: FoundEntry[] = []
  for (const vaultId of await vaultsOf(kernel, instanceId, context)) {
    if (position !== undefined && vaultId < position.vaultId) continue
    await using reading = await kernel.vaults.read(vaultId, signal)
    const points = await pointsIn(kernel, { reading, vaultId, instanceId }, context)
    const start = position?.vaultId === vaultId ? position : undefined
    for (const group of groupsFrom(points, start)) {
      if (items.length >= limit || (items.length > 0 && budget.isSpent))
        return { items, next: writeCursor(call, fieldsOf(vaultId, group, undefined)) }
      const rest = { conditions, limit: limit - items.length }
      const outcome = await searchGroup({ reading, vaultId, group }, rest, budget, signal)
      items.push(...outcome.items)
      if (outcome.next !== undefined)
        return { items, next: writeCursor(call, fieldsOf(vaultId, group, outcome.next)) }
    }
  }
  return { items, next: undefined }
}

async function searchGroup(
  {
    reading,
    vaultId,
    group,
  }: { readonly reading: VaultReading; readonly vaultId: VaultId; readonly group: Group },
  wanted: Pick<InstanceSearch, 'conditions' | 'limit'>,
  budget: WorkBudget,
  signal: AbortSignal,
): Promise<{ readonly items: readonly FoundEntry[]; readonly next: TreePlace | undefined }> {
  const { reader } = reading
  const { paths, place } = group
  const points = group.points.map(({ known }) => known)
  const roots = points.flatMap(({ point }) => rootsOf(point.tree))
  const from = place === undefined ? undefined : await keyAt(reader, roots, place, signal)
  const request = { ...wanted, points, paths, under: noFolder, from }
  const { found, next } = await searchEntries(reader, request, budget, signal)
  const byId = new Map(group.points.map((point) => [point.known.id, point]))
  const items = found.flatMap(({ entry, known, pointCount }): FoundEntry[] => {
    const point = byId.get(known.id)
    if (point === undefined) return []
    const { pointId, versionId } = point
    const { createdAt } = known.point
    const record = entryRecord(entry, paths)
    return [{ vaultId, pointId, versionId, createdAt, pointCount, entry: record }]
  })
  if (next === undefined) return { items, next: undefined }
  const ended = await findPlace(reader, roots, next, signal)
  if (ended === undefined) throw failure('page.cursor-refused')
  return { items, next: ended }
}

const noFolder = '' as ByteString

/** The groups that are left, in an order that stays when points come and go. */
function* groupsFrom(
  points: readonly InstanceKnownPoint[],
  start: Position | undefined,
): Iterable<Group> {
  const realms = Map.groupBy(points.toReversed(), ({ known }) =>
    realmOf(new PointPaths(known.point)),
  )
  for (const realm of [...realms.keys()].sort()) {
    if (start !== undefined && realm < start.realm) continue
    let own = realms.get(realm) ?? []
    const first = start?.realm === realm ? start : undefined
    if (first !== undefined) {
      const begun = own.filter((point) => isWithin(point, first))
      if (begun.length > 0) yield groupOf(realm, begun, first.place)
      else if (first.place !== undefined) throw failure('page.cursor-refused')
      own = own.filter(({ known }) => known.point.sequence < first.oldest)
    }
    for (let at = 0; at < own.length; at += searchGroupMax)
      yield groupOf(realm, own.slice(at, at + searchGroupMax), undefined)
  }
}

function groupOf(
  realm: string,
  points: readonly InstanceKnownPoint[],
  place: TreePlace | undefined,
): Group {
  const [first] = points
  assert(first !== undefined, 'a group has points')
  return { realm, paths: new PointPaths(first.known.point), points, place }
}

function isWithin({ known }: InstanceKnownPoint, { newest, oldest }: Position): boolean {
  const { sequence } = known.point
  return sequence <= newest && sequence >= oldest
}

function realmOf(paths: PointPaths): string {
  return createHash('sha256').update(paths.realm).digest('base64url').slice(0, 12)
}

function fieldsOf(vaultId: VaultId, group: Group, place: TreePlace | undefined): CursorFields {
  const newest = group.points.at(0)?.known.point.sequence ?? 0
  const oldest = group.points.at(-1)?.known.point.sequence ?? 0
  const at = place ?? group.place
  const fields = [vaultId, group.realm, newest, oldest]
  return at === undefined ? fields : [...fields, at.tree, at.path]
}

/** @throws page.cursor-refused */
function positionOf(fields: readonly unknown[]): Position {
  const [vaultId, realm, newest, oldest, tree, path] = fields
  if (typeof vaultId !== 'string' || typeof realm !== 'string') throw failure('page.cursor-refused')
  if (typeof newest !== 'number' || typeof oldest !== 'number') throw failure('page.cursor-refused')
  const place = tree === undefined ? undefined : placeOf(tree, path)
  return { vaultId, realm, newest, oldest, place }
}
