/** One file of a point as bytes. */
import { type ByteString, failure } from '#base'
import type { Point } from '#engine'
import type { ChunkReader } from '#vault'
import { getEntry } from '../browse/point-rows.ts'
import { FileContent } from './file-content.ts'

/** @throws path.not-found, usage.invalid for what has no content */
export async function dumpFile(
  reader: ChunkReader,
  { point, path }: { readonly point: Point; readonly path: ByteString },
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const entry = await getEntry(reader, point, path, signal)
  if (entry.kind === 'directory')
    throw failure('usage.invalid', { problem: 'A folder is dumped as an archive: tar or zip.' })
  if (entry.kind !== 'file')
    throw failure('usage.invalid', { problem: `A ${entry.kind} has no content to dump.` })
  return new FileContent(reader, entry).whole(signal)
}
