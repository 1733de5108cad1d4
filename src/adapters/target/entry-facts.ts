// The metadata of a record, in the form of the file tree. Most files have nothing but stat and one
// chunk; these are recognised without decoding their extras.
import type { Extras } from '#engine'
import { decodeExtras } from '#engine'
import type { RecordReader } from '#ports'
import type { EntryMetadata } from '../linux/entry-metadata.ts'

/** Tags of engine/tree/entry that say where content lies, and so nothing that is asked here. */
const contentTags: readonly number[] = [2, 3, 4]

const noExtras: Extras = {}

/** The extras of a record, without content that lies in chunks when that is all there is. */
export function extrasOf(reader: RecordReader, record: number): Extras {
  const extra = reader.extra(record)
  return hasOnlyContent(extra) ? noExtras : decodeExtras(extra)
}

export function metadataOf(reader: RecordReader, record: number, extras: Extras): EntryMetadata {
  const { mode, uid, gid, mtimeSec, mtimeNsec } = reader.facts(record)
  const { xattrs, inodeFlags } = extras
  return { kind: reader.kind(record), mode, uid, gid, mtimeSec, mtimeNsec, xattrs, inodeFlags }
}

function hasOnlyContent(extra: Uint8Array): boolean {
  let at = 0
  while (at < extra.length) {
    if (!contentTags.includes(extra[at++] ?? 0)) return false
    let length = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = extra[at++] ?? 0
      length += (byte & 0x7f) * scale
      if (byte < 0x80) break
    }
    at += length
  }
  return true
}
