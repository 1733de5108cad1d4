/**
 * An archive as a stream of bytes to send on: it waits while nobody reads, ends when the archive is finished, and breaks off
 * when it is cancelled. A zstd frame that was cut, like a zip without its directory, is nothing that a reader takes for whole.
 */
import { PassThrough, type Transform } from 'node:stream'
import { finished } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import type { ArchiveWriter } from '#ports'
import { tarArchive } from './tar-archive.ts'
import { zipArchive } from './zip-archive.ts'

export type StreamedArchive = {
  readonly writer: ArchiveWriter
  readonly stream: AsyncIterable<Uint8Array>
  cancel(problem: Error): void
}

const zstdLevel = 3

export function openArchive(format: 'zip' | 'tar.zst'): StreamedArchive {
  const stream = format === 'zip' ? new PassThrough() : zstdStream()
  const inner = format === 'zip' ? zipArchive(stream) : tarArchive(stream)
  const writer: ArchiveWriter = {
    keepsHardLinks: inner.keepsHardLinks,
    findObstacle: (entry) => inner.findObstacle(entry),
    add: (entry, content, signal) => inner.add(entry, content, signal),
    async finish(signal) {
      await inner.finish(signal)
      stream.end()
      await finished(stream, { readable: false, signal })
    },
  }
  // A writer that waits must learn of a stream that was destroyed, whether or not with an error.
  stream.on('error', () => {})
  return {
    writer,
    stream,
    cancel: (problem) => {
      if (!stream.destroyed) stream.destroy(problem)
    },
  }
}

function zstdStream(): Transform {
  return createZstdCompress({
    params: {
      [constants.ZSTD_c_compressionLevel]: zstdLevel,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  })
}
