/**
 * An archive for people on other systems: files, folders and links, readable by Info-ZIP, Python and Windows. yazl was tried:
 * its time grows with the square of the number of files, it breaks on times before 1970, and it takes a backslash in a name
 * for a separator, so that a hostile name would leave the folder.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib'
import { type ByteString, byteString, bytesOf, concatBytes, type Failure, failure } from '#base'
import type { ArchiveEntry, ArchiveWriter } from '#ports'
import { ByteSink } from './byte-sink.ts'
import {
  centralRecord,
  dataDescriptor,
  endRecords,
  localHeader,
  type ZipMember,
} from './zip-records.ts'

/** Up to here a file is compressed in one go, and its sizes stand before it. */
const wholeBytesMax = 1024 * 1024
const compressionLevel = 6
/** From here on sizes may need 64 bits; deflate can make content a little longer. */
const zip64From = 0xff00_0000

const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const

/** @param stream is written to and not ended. */
export function zipArchive(stream: Writable): ArchiveWriter {
  return new ZipArchive(new ByteSink(stream))
}

type Content = AsyncIterable<Uint8Array>

class ZipArchive implements ArchiveWriter {
  readonly keepsHardLinks = false
  readonly #sink: ByteSink
  readonly #central: Uint8Array[] = []

  constructor(sink: ByteSink) {
    this.#sink = sink
  }

  findObstacle(entry: ArchiveEntry): string | undefined {
    if (typeBitsOf(entry) === undefined) return `zip cannot hold a ${entry.kind}`
    return zipName(entry).length > 0xffff ? 'its path is too long for zip' : undefined
  }

  async add(entry: ArchiveEntry, content: Content, signal: AbortSignal): Promise<void> {
    // The folder itself has no name in a zip archive.
    if (entry.path === '') return
    const name = zipName(entry)
    const member: ZipMember = {
      name,
      isUtf8: isUtf8(name),
      mode: (typeBitsOf(entry) ?? 0) | entry.mode,
      mtimeSec: entry.mtimeSec,
      method: 'stored',
      crc32: 0,
      rawBytes: 0,
      packedBytes: 0,
      isStreamed: false,
      isZip64: entry.size >= zip64From,
      offset: this.#sink.length,
    }
    if (entry.kind === 'symlink')
      await this.#addWhole(member, bytesOf(entry.linkTarget ?? ('' as ByteString)), signal)
    else if (entry.size <= wholeBytesMax)
      await this.#addWhole(member, await collect(content, entry.size), signal)
    else await this.#addStreamed(member, { content, size: entry.size }, signal)
  }

  async finish(signal: AbortSignal): Promise<void> {
    const offset = this.#sink.length
    for (const record of this.#central) await this.#sink.write(record, signal)
    const bytes = this.#sink.length - offset
    await this.#sink.write(endRecords({ members: this.#central.length, offset, bytes }), signal)
    await this.#sink.flush(signal)
  }

  async #addWhole(draft: ZipMember, raw: Uint8Array, signal: AbortSignal): Promise<void> {
    const deflated = raw.length > 0 ? deflateRawSync(raw, { level: compressionLevel }) : raw
    const isSmaller = deflated.length < raw.length
    const packed = isSmaller ? deflated : raw
    const member: ZipMember = {
      ...draft,
      method: isSmaller ? 'deflated' : 'stored',
      crc32: crc32(raw),
      rawBytes: raw.length,
      packedBytes: packed.length,
    }
    await this.#sink.write(localHeader(member), signal)
    await this.#sink.write(packed, signal)
    this.#central.push(centralRecord(member))
  }

  async #addStreamed(
    draft: ZipMember,
    { content, size }: { readonly content: Content; readonly size: number },
    signal: AbortSignal,
  ): Promise<void> {
    const streamed: ZipMember = { ...draft, method: 'deflated', isStreamed: true }
    await this.#sink.write(localHeader(streamed), signal)
    const from = this.#sink.length
    const { sum, length } = await this.#deflate(content, signal)
    if (length !== size) throw otherLength()
    const packedBytes = this.#sink.length - from
    const member = { ...streamed, crc32: sum, rawBytes: length, packedBytes }
    await this.#sink.write(dataDescriptor(member), signal)
    this.#central.push(centralRecord(member))
  }

  async #deflate(
    content: Content,
    signal: AbortSignal,
  ): Promise<{ readonly sum: number; readonly length: number }> {
    const deflate = createDeflateRaw({ level: compressionLevel })
    let sum = 0
    let length = 0
    const feed = async (): Promise<void> => {
      for await (const bytes of content) {
        sum = crc32(bytes, sum)
        length += bytes.length
        if (!deflate.write(bytes)) await once(deflate, 'drain', { signal })
      }
      deflate.end()
    }
    const fed = feed().catch((problem: unknown) => {
      deflate.destroy(problem instanceof Error ? problem : new Error(String(problem)))
      throw problem
    })
    try {
      for await (const packed of deflate) await this.#sink.write(packed, signal)
    } catch (problem) {
      deflate.destroy()
      // When the content failed, that is the reason; the stream only passed it on.
      await fed
      throw problem
    }
    await fed
    return { sum, length }
  }
}

function typeBitsOf({ kind }: ArchiveEntry): number | undefined {
  return kind === 'file' || kind === 'directory' || kind === 'symlink' ? typeBits[kind] : undefined
}

/** A backslash is a separator to some readers: written as `%5C`, it cannot lead anywhere. */
function zipName({ path, kind }: ArchiveEntry): Uint8Array {
  const inert = path.replaceAll('\\', '%5C')
  return bytesOf((kind === 'directory' ? `${inert}/` : inert) as ByteString)
}

function isUtf8(name: Uint8Array): boolean {
  if (name.every((byte) => byte < 0x80)) return true
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(name)
  return byteString(new TextEncoder().encode(text)) === byteString(name)
}

async function collect(content: Content, size: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const bytes of content) {
    length += bytes.length
    if (length > size) break
    parts.push(bytes)
  }
  if (length !== size) throw otherLength()
  return concatBytes(parts)
}

function otherLength(): Failure {
  return failure('object.damaged', {
    object: 'The content of a file',
    problem: 'it has another length than its entry says',
  })
}
