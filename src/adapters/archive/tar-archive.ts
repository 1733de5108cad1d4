/**
 * An archive that GNU tar, bsdtar, star and Python read. tar-stream was tried and cannot hold what a backup must: it makes
 * text of names and attributes, so that bytes which are no UTF-8 are lost.
 */
import type { Writable } from 'node:stream'
import { assert, failure } from '#base'
import type { ArchiveEntry, ArchiveWriter } from '#ports'
import { ByteSink } from './byte-sink.ts'
import { tarBlockBytes, tarHeaders, tarPadding, tarTypeFlag } from './tar-header.ts'

/** @param stream is written to and not ended. */
export function tarArchive(stream: Writable): ArchiveWriter {
  const sink = new ByteSink(stream)
  return {
    keepsHardLinks: true,
    findObstacle: (entry) =>
      tarTypeFlag(entry) === undefined ? `tar cannot hold a ${entry.kind}` : undefined,
    async add(entry, content, signal) {
      await sink.write(tarHeaders(entry), signal)
      await sink.write(tarPadding(await writeContent(sink, { entry, content }, signal)), signal)
    },
    async finish(signal) {
      await sink.write(new Uint8Array(2 * tarBlockBytes), signal)
      await sink.flush(signal)
    },
  }
}

async function writeContent(
  sink: ByteSink,
  { entry, content }: { readonly entry: ArchiveEntry; readonly content: AsyncIterable<Uint8Array> },
  signal: AbortSignal,
): Promise<number> {
  assert(entry.kind === 'file' || entry.size === 0, 'only files have content')
  if (entry.size === 0) return 0
  let length = 0
  for await (const bytes of content) {
    length += bytes.length
    if (length > entry.size) break
    await sink.write(bytes, signal)
  }
  if (length !== entry.size)
    throw failure('object.damaged', {
      object: 'The content of a file',
      problem: 'it has another length than its entry says',
    })
  return length
}
