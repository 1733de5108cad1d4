/**
 * What became of one path over all points of an instance, the newest first, whichever vault they are in. A call asks a
 * bounded number of points; the next one goes on where it ended, in each vault.
 */
import { createHash } from 'node:crypto'
import { type ByteString, failure } from '#base'
import type { FileVersion, InstanceId, VaultId } from '#contract'
import { isWithin, PointPaths } from '#jobs'
import { type CursorFields, readCursor, writeCursor } from '../../cursor.ts'
import type { CallContext } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { EntryPage } from './browse-folder.ts'
import { type InstanceKnownPoint, pointsIn, vaultsOf } from './instance-points.ts'
import { type HistoryPlace, VaultHistory } from './vault-history.ts'
import type { WorkBudget } from './work-budget.ts'

/** Points that one call asks: each costs a few nodes. */
const pointsPerCall = 200
/** Vaults that are told together: where each was left must fit into a cursor. Further ones are told after them. */
const vaultsPerCall = 16

export type HistoryRequest = {
  readonly instanceId: InstanceId
  readonly path: ByteString
  readonly limit: number
  readonly cursor: string | undefined
}

/** Where a history goes on: with this vault, and in those that were begun. */
type Position = {
  readonly vaultId: string
  /** By the tags of their vaults; those that are not named were told to their end. Undefined: none was begun. */
  readonly places: ReadonlyMap<string, HistoryPlace> | undefined
}

/** @throws instance.not-found, page.cursor-refused */
export async function fileHistory(
  kernel: ServerKernel,
  request: HistoryRequest,
  budget: WorkBudget,
  context: Pick<CallContext, 'identity' | 'signal'>,
): Promise<EntryPage<FileVersion>> {
  const { instanceId, path, limit, cursor } = request
  const { signal } = context
  const call = ['file-history', instanceId, path]
  const position = cursor === undefined ? undefined : positionOf(readCursor(call, cursor))
  const all = await vaultsOf(kernel, instanceId, context)
  const left = all.filter((id) => position === undefined || id >= position.vaultId)
  await using opened = new AsyncDisposableStack()
  const walks: VaultHistory[] = []
  for (const vaultId of left.slice(0, vaultsPerCall)) {
    const place = position?.places?.get(tagOf(vaultId))
    if (position?.places !== undefined && place === undefined) continue
    const reading = opened.use(await kernel.vaults.read(vaultId, signal))
    const known = await pointsIn(kernel, { reading, vaultId, instanceId }, context)
    const points = pointsOfPath(known, path)
    walks.push(new VaultHistory(reading.reader, { vaultId, path, points, place }))
  }
  const items: FileVersion[] = []
  for (let asked = 0; ; asked++) {
    const walk = newestOf(walks)
    if (walk === undefined) break
    budget.look()
    if (items.length === limit || asked === pointsPerCall || (asked > 0 && budget.isSpent))
      return { items, next: writeCursor(call, fieldsOf(left[0], walks)) }
    const version = await walk.step(signal)
    if (version !== undefined) items.push(version)
  }
  const after = left[vaultsPerCall]
  return { items, next: after === undefined ? undefined : writeCursor(call, [after]) }
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
    .sort((a, b) => b.known.point.sequence - a.known.point.sequence)
}

function newestOf(walks: readonly VaultHistory[]): VaultHistory | undefined {
  let newest: VaultHistory | undefined
  for (const walk of walks) {
    if (walk.lastAt === undefined) continue
    if (newest?.lastAt === undefined || walk.lastAt > newest.lastAt) newest = walk
  }
  return newest
}

function fieldsOf(first: VaultId | undefined, walks: readonly VaultHistory[]): CursorFields {
  const open = walks.filter(({ lastAt }) => lastAt !== undefined)
  const places = open.flatMap(({ vaultId, place: { told, seen } }) => [tagOf(vaultId), told, seen])
  return [first ?? '', ...places]
}

const fieldsPerPlace = 3

/** @throws page.cursor-refused */
function positionOf([vaultId, ...fields]: readonly unknown[]): Position {
  if (typeof vaultId !== 'string' || fields.length % fieldsPerPlace !== 0)
    throw failure('page.cursor-refused')
  if (fields.length === 0) return { vaultId, places: undefined }
  const places = new Map<string, HistoryPlace>()
  for (let at = 0; at < fields.length; at += fieldsPerPlace) {
    const [tag, told, seen] = fields.slice(at)
    const isPlace = typeof tag === 'string' && typeof told === 'number' && typeof seen === 'number'
    if (!isPlace || seen > told) throw failure('page.cursor-refused')
    places.set(tag, { told, seen })
  }
  return { vaultId, places }
}

function tagOf(vaultId: VaultId): string {
  return createHash('sha256').update(vaultId).digest('base64url').slice(0, 8)
}
