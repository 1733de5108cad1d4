/** What a person calls a file of a point: its path at the source, within the point, or from where they stand. */
import { resolve } from 'node:path'
import { type ByteString, byteStringFromText } from '#base'
import type { Point } from '#engine'
import { findEntry, PointPaths } from '#jobs'
import type { ChunkReader } from '#vault'

/** Relative to the root of the point; the first meaning where none of them is there, for the error to name. */
export async function choosePath(
  reader: ChunkReader,
  point: Point,
  word: string,
  signal: AbortSignal,
): Promise<ByteString> {
  const paths = new PointPaths(point)
  const meant = paths.pointPath(byteStringFromText(word))
  if (word === '' || word.startsWith('/')) return meant
  if ((await findEntry(reader, point, meant, signal)) !== undefined) return meant
  const place = byteStringFromText(resolve(word))
  if (!paths.covers(place)) return meant
  const standing = paths.pointPath(place)
  return (await findEntry(reader, point, standing, signal)) === undefined ? meant : standing
}
