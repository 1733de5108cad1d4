/**
 * A backup: walk the source beside the point before it, take what changed, and commit a point that is complete by itself.
 * What could not be read as it should is in the point and in the report, and makes it partial, never silently complete (B6).
 */
import { assert, type ByteString, checkAborted, type Failure } from '#base'
import type { ChunkId, KnownPoint, PointFailure, PointSource, PointSummary } from '#engine'
import { encodeFailureList, failuresInPointMax } from '#engine'
import type { BackupSession } from '#ports'
import { isDamage } from '#vault'
import type { BackupPorts, BackupRequest } from './backup-request.ts'
import { checkRelied } from './check-relied.ts'
import { TreeWriter } from './tree-writer.ts'

export type BackupOutcome = {
  readonly point: KnownPoint
  readonly summary: PointSummary
  readonly failures: readonly PointFailure[]
}

const failuresPerListMax = 2000
const failureListBytes = 128 * 1024
const failuresMax = 1_000_000

export async function performBackup(
  ports: BackupPorts,
  request: BackupRequest,
  signal: AbortSignal,
): Promise<BackupOutcome> {
  assert(request.sources.length > 0, 'a backup has a source')
  const { session } = ports
  const { parent } = request
  // A parent that has expired since it was chosen may be on its way out: then everything is read anew.
  const isUsable = parent !== undefined && session.pinPoint(parent.id)
  const pinned = { ...request, parent: isUsable ? parent : undefined }
  const stored = await storeTree(ports, pinned, signal)
  const { tree, counts, failures, failureCount, failureLists } = stored
  const filesBefore = request.parent?.point.summary.files ?? 0
  if (counts.files === 0) ports.reporter.notice(emptyText(filesBefore))
  checkAborted(signal)
  await session.recordDamage(ports.reader.damaged, signal)
  const sourceBytes = tree.base.sums.bytes + (tree.overlay?.sums.bytes ?? 0)
  const summary: PointSummary = {
    ...counts,
    sourceBytes,
    newBytes: session.newBytes,
    storedBytes: session.storedBytes,
  }
  const point = await session.commit(
    {
      createdAt: session.wallNow(),
      startedAt: request.startedAt,
      retainForMs: request.retainForMs,
      host: request.host,
      user: request.user,
      tags: request.tags,
      sources: request.sources,
      status: failures.length === 0 ? 'complete' : 'partial',
      tree,
      summary,
      failureCount,
      failures: failures.slice(0, failuresInPointMax),
      failureLists,
    },
    signal,
  )
  return { point, summary, failures }
}

/** A point without files is complete, and hardly what anybody wants. */
function emptyText(filesBefore: number): string {
  if (filesBefore === 0)
    return 'There are no files: the sources have none, or the patterns leave all of them out.'
  return `There are no files now; the point before had ${filesBefore}. Is the source mounted?`
}

type WrittenTree = Awaited<ReturnType<TreeWriter['finish']>> & {
  readonly failures: readonly PointFailure[]
  /** More than `failures` when there were too many to keep. */
  readonly failureCount: number
}

type StoredTree = WrittenTree & { readonly failureLists: readonly ChunkId[] }

/** As often as what it relies on proves to be damaged: each time at least one pack less is relied on. */
async function storeTree(
  ports: BackupPorts,
  request: BackupRequest,
  signal: AbortSignal,
): Promise<StoredTree> {
  const { session, reliance, reporter } = ports
  reliance?.session.rememberRelied()
  for (;;) {
    const written = await writeTree(ports, request, signal)
    const more = written.failures.slice(failuresInPointMax)
    const failureLists = await listFailures(session, more, signal)
    await session.flush(signal)
    const damaged =
      reliance === undefined ? 0 : await checkRelied({ ...reliance, reporter }, signal)
    if (damaged === 0) return { ...written, failureLists }
    const packs = damaged === 1 ? '1 pack of the vault is' : `${damaged} packs of the vault are`
    reporter.notice(`${packs} damaged and set aside; everything is read once more.`)
  }
}

/** The failures that do not fit into the point, as chunks of a moderate size however long their paths are. */
async function listFailures(
  session: BackupSession,
  failures: readonly PointFailure[],
  signal: AbortSignal,
): Promise<ChunkId[]> {
  const lists: ChunkId[] = []
  let from = 0
  let bytes = 0
  for (const [i, { path, detail }] of failures.entries()) {
    bytes += path.length + detail.length
    const isFull = bytes >= failureListBytes || i + 1 - from >= failuresPerListMax
    if (!isFull && i + 1 < failures.length) continue
    lists.push(session.addNode(encodeFailureList(failures.slice(from, i + 1))))
    if (session.nodesWaiting) await session.drainNodes(signal)
    from = i + 1
    bytes = 0
  }
  return lists
}

/**
 * A parent that turns out to be damaged is left aside and everything is read anew. The reader has put the damaged pack
 * aside, so what it held is stored again and the new point does not rest on it.
 */
async function writeTree(
  ports: BackupPorts,
  request: BackupRequest,
  signal: AbortSignal,
): Promise<WrittenTree> {
  const { reporter } = ports
  const failures: PointFailure[] = []
  const said = new Set<string>()
  let failureCount = 0
  const failed = (problem: PointFailure) => {
    // A folder that refuses does so twice: when its entry is read, and when it is listed.
    const saying = `${problem.reason} ${problem.detail} ${problem.path}`
    if (said.has(saying)) return
    if (said.size < failuresMax) said.add(saying)
    failureCount++
    if (failures.length < failuresMax) failures.push(problem)
    reporter.failure(problem)
  }
  const writer = new TreeWriter(ports, request, failed, signal)
  try {
    const missing = request.missing ?? []
    for (const problem of missing) failed(problem)
    const isThere = ({ path }: PointSource) => !missing.some((problem) => problem.path === path)
    await writer.takeSources(request.sources.filter(isThere))
    return { ...(await writer.finish()), failures, failureCount }
  } catch (problem) {
    if (request.parent === undefined || !isStoredDamage(problem)) throw problem
    reporter.notice(`The point before cannot be compared with: ${problem.message}`)
    await writer.abandon()
    return await writeTree(ports, { ...request, parent: undefined }, signal)
  }
}

/** Of the vault, as opposed to a block that was just made. */
function isStoredDamage(problem: unknown): problem is Failure {
  return isDamage(problem) && problem.code !== 'encode.mismatch'
}

/** The newest usable point of the same source. */
export function parentOf(
  points: readonly KnownPoint[],
  sources: readonly PointSource[],
  host: string,
): KnownPoint | undefined {
  const paths = (list: readonly PointSource[]): string =>
    JSON.stringify(list.map((s): readonly ByteString[] => [s.path, s.prefix]))
  return points.findLast(
    ({ point }) => point.host === host && paths(point.sources) === paths(sources),
  )
}
