/**
 * What a point does not speak of, since it could not be read when the point was made (B6). Absent there does not mean that
 * it was deleted: whoever compares points asks here before saying so.
 */
import type { ByteString } from '#base'
import { decodeFailureList, type KnownPoint, type Point, type PointFailure } from '#engine'
import type { ChunkReader } from '#vault'

/** All failures of a point, list by list: those beyond the first lie in chunks of their own. */
export async function* listFailures(
  reader: ChunkReader,
  { failures, failureLists }: Pick<Point, 'failures' | 'failureLists'>,
  signal: AbortSignal,
): AsyncIterable<readonly PointFailure[]> {
  yield failures
  for (const id of failureLists) yield decodeFailureList(await reader.get(id, signal))
}

export class UnreadPaths {
  readonly #failures = new Map<ByteString, PointFailure>()

  static async of(
    reader: ChunkReader,
    { point }: KnownPoint,
    signal: AbortSignal,
  ): Promise<UnreadPaths> {
    const unread = new UnreadPaths()
    for await (const failures of listFailures(reader, point, signal)) unread.#add(failures)
    return unread
  }

  /** Why the point lacks this path of the source: it could not be read itself, or a folder above it could not. */
  find(sourcePath: ByteString): PointFailure | undefined {
    if (this.#failures.size === 0) return undefined
    const own = this.#failures.get(sourcePath)
    if (own !== undefined) return own
    for (let path = above(sourcePath); path !== ''; path = above(path)) {
      const problem = this.#failures.get(path)
      // A folder that changed while it was listed was listed all the same.
      if (problem !== undefined && problem.reason !== 'changed') return problem
    }
    return undefined
  }

  #add(failures: readonly PointFailure[]): void {
    // What vanished was deleted, though in the middle of a backup.
    for (const problem of failures)
      if (problem.reason !== 'vanished') this.#failures.set(problem.path, problem)
  }
}

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: ByteString, folder: ByteString): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function above(path: ByteString): ByteString {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as ByteString
}
