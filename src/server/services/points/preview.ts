/** One file of a point as a browser may show it: text or an image, by its bytes alone, and no more than a page can bear. */
import { assert, type ByteString, displayName, failure } from '#base'
import { previewImageBytesMax, previewTextBytesMax, previewTextMedia } from '#contract'
import type { Entry } from '#engine'
import { FileContent, findEntry } from '#jobs'
import type { ByteReply } from '../../handler.ts'
import { fileBytes } from './download.ts'
import { notFound, type OpenPoint } from './open-point.ts'
import { imageMediaOf, textOf } from './preview-content.ts'

/** Takes over `opened` when it answers. @throws path.not-found, preview.refused */
export async function openPreview(
  opened: OpenPoint & AsyncDisposable,
  path: ByteString,
  signal: AbortSignal,
): Promise<ByteReply> {
  const entry = await findFile(opened, path, signal)
  const first = await firstBytes(opened, entry, signal)
  const media = imageMediaOf(first)
  if (media !== undefined) {
    if (entry.size > previewImageBytesMax)
      throw refused(path, `it is an image of more than ${previewImageBytesMax} bytes`)
    const content = fileBytes(opened, entry, signal)
    return { content, media, length: entry.size, isPreview: true }
  }
  const text = textOf(first, { isCut: first.length < entry.size })
  if (text === undefined)
    throw refused(path, 'it is neither text in UTF-8 nor an image that is PNG, JPEG, GIF or WebP')
  await opened[Symbol.asyncDispose]()
  const bytes = new TextEncoder().encode(text)
  return { content: once(bytes), media: previewTextMedia, length: bytes.length, isPreview: true }
}

async function findFile(
  { reading, known, paths }: OpenPoint,
  wanted: ByteString,
  signal: AbortSignal,
): Promise<Entry> {
  const path = paths.pointPath(wanted)
  const entry = await findEntry(reading.reader, known.point, path, signal)
  if (entry === undefined && path !== '') throw notFound(wanted, known)
  if (entry?.kind !== 'file') throw refused(wanted, 'it is no file')
  return { ...entry, extra: entry.extra.slice() }
}

async function firstBytes(
  { reading }: OpenPoint,
  entry: Entry,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(entry.size, previewTextBytesMax))
  let at = 0
  const range = { offset: 0, length: bytes.length }
  for await (const part of new FileContent(reading.reader, entry).range(range, signal)) {
    bytes.set(part, at)
    at += part.length
  }
  assert(at === bytes.length, 'a part of a file is as long as was asked for')
  return bytes
}

function refused(path: ByteString, problem: string): Error {
  return failure('preview.refused', { path: path === '' ? '/' : displayName(path), problem })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}
