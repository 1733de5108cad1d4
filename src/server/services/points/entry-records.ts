/** An entry of a point as the API shows it: names are bytes, exact on the wire whatever they are (A18). */
import { type ByteString, byteString } from '#base'
import type { Entry as EntryRecord } from '#contract'
import { decodeExtras, type Entry, type TreeSums } from '#engine'
import type { PointPaths } from '#jobs'

const ownerCharactersMax = 255

export function entryRecord(entry: Entry, paths: PointPaths, below?: TreeSums): EntryRecord {
  const { linkTarget } = entry.kind === 'symlink' ? decodeExtras(entry.extra) : {}
  return {
    name: withoutNul(entry.name),
    path: withoutNul(paths.sourcePath(entry)),
    kind: entry.kind,
    size: entry.size,
    mode: entry.mode & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    user: entry.user.slice(0, ownerCharactersMax).toWellFormed(),
    group: entry.group.slice(0, ownerCharactersMax).toWellFormed(),
    modifiedAt: modifiedAtOf(entry),
    inconsistent: entry.inconsistent,
    ...(linkTarget === undefined ? {} : { linkTarget: withoutNul(byteString(linkTarget)) }),
    // Sums of an absurd tree may be off; a count is never below nothing.
    ...(below === undefined
      ? {}
      : { below: { entries: Math.max(0, below.entries), bytes: Math.max(0, below.bytes) } }),
  }
}

/** Milliseconds. */
export function modifiedAtOf(entry: Pick<Entry, 'mtimeSec' | 'mtimeNsec'>): number {
  return entry.mtimeSec * 1000 + Math.floor(entry.mtimeNsec / 1e6)
}

/** No file system has such a name; a crafted tree must not keep the others from being listed. */
function withoutNul(name: ByteString): ByteString {
  return name.includes('\0') ? (name.replaceAll('\0', '?') as ByteString) : name
}
