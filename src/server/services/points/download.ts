/**
 * Files and folders of a point as one stream (F8). It goes as fast as its reader reads and ends when the reader goes. Damage
 * ends it with an error, before the last byte of a file or the end of an archive: nobody takes a part for the whole.
 */
import { type ByteString, checkAborted, failure } from '#base'
import type { ArchiveFormat } from '#contract'
import type { Entry } from '#engine'
import { FileContent, findEntry } from '#jobs'
import type { ArchiveWriter } from '#ports'
import type { ByteReply } from '../../handler.ts'
import { fileNameOf, topNames } from './archive-names.ts'
import { DownloadArchive } from './download-archive.ts'
import { notFound, type OpenPoint } from './open-point.ts'

/** An archive that is written into `writer` and comes out of `stream`. */
export type OpenedArchive = {
  readonly writer: ArchiveWriter
  /** Ends after `writer.finish`. Whoever stops reading early calls `cancel`. */
  readonly stream: AsyncIterable<Uint8Array>
  /** The stream breaks off with this error; writers that wait are refused. */
  cancel(problem: Error): void
}

/** A port: what formats there are is a matter of the machine. */
export type OpenArchive = (format: ArchiveFormat) => OpenedArchive

export type DownloadRequest = {
  readonly paths: readonly ByteString[]
  readonly format: ArchiveFormat | 'file' | undefined
}

export type DownloadItem = {
  /** In the point. */
  readonly path: ByteString
  /** Undefined: the root of a point of several sources. */
  readonly entry: Entry | undefined
}

/** @throws path.not-found, request.invalid; afterwards the reply itself fails */
export async function openDownload(
  opened: OpenPoint & AsyncDisposable,
  request: DownloadRequest,
  openArchive: OpenArchive,
  signal: AbortSignal,
): Promise<ByteReply> {
  const items = await findItems(opened, request.paths, signal)
  const [first] = items
  const single = items.length === 1 && first?.entry?.kind === 'file' ? first.entry : undefined
  const format = request.format ?? (single === undefined ? 'zip' : 'file')
  if (format !== 'file') {
    const archive = { items, names: topNames(items.map(({ path }) => nameSource(opened, path))) }
    return {
      content: archived(opened, archive, openArchive(format), signal),
      media: format === 'zip' ? 'application/zip' : 'application/zstd',
      fileName: fileNameOf(
        nameSource(opened, items.length === 1 ? (first?.path ?? empty) : empty),
        `.${format}`,
      ),
    }
  }
  if (single === undefined)
    throw failure('request.invalid', {
      where: 'query.format',
      problem: 'only one single file can be sent as it is; ask for zip or tar.zst',
    })
  return {
    content: fileBytes(opened, single, signal),
    length: single.size,
    fileName: fileNameOf(single.name, ''),
  }
}

const empty = '' as ByteString

async function findItems(
  { reading, known, paths }: OpenPoint,
  wanted: readonly ByteString[],
  signal: AbortSignal,
): Promise<readonly DownloadItem[]> {
  const items = new Map<ByteString, DownloadItem>()
  for (const one of wanted) {
    const path = paths.pointPath(one)
    const entry = await findEntry(reading.reader, known.point, path, signal)
    if (entry === undefined && path !== '') throw notFound(one, known)
    items.set(path, { path, entry: entry && { ...entry, extra: entry.extra.slice() } })
  }
  return [...items.values()]
}

/** The root of a point is named after its volume. */
function nameSource({ paths }: OpenPoint, path: ByteString): ByteString {
  return path === '' ? paths.sourceDirectory(empty) : path
}

/** The last piece is held back until everything was checked: its CRC-32 too. */
export async function* fileBytes(
  opened: OpenPoint & AsyncDisposable,
  entry: Entry,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  await using _ = opened
  let held: Uint8Array | undefined
  for await (const bytes of new FileContent(opened.reading.reader, entry).whole(signal)) {
    if (held !== undefined) yield held
    held = bytes
  }
  if (held !== undefined) yield held
}

async function* archived(
  opened: OpenPoint & AsyncDisposable,
  request: { readonly items: readonly DownloadItem[]; readonly names: readonly ByteString[] },
  archive: OpenedArchive,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  await using _ = opened
  const leaving = new AbortController()
  const either = AbortSignal.any([signal, leaving.signal])
  const download = new DownloadArchive(opened, archive.writer)
  const writing = download.write(request.items, request.names, either).catch((problem: unknown) => {
    // Its reader learns of it: the stream breaks off.
    archive.cancel(problem instanceof Error ? problem : new Error(String(problem)))
    return { problem }
  })
  try {
    yield* archive.stream
    const outcome = await writing
    if (outcome !== undefined) throw outcome.problem
    checkAborted(signal)
  } finally {
    leaving.abort()
    archive.cancel(failure('job.aborted'))
    await writing
  }
}
