/** What differs between two states of one entry: what the file is, or only what is said about it. */
import { equalBytes } from '#base'
import { decodeExtras, type Entry, type Extras, encodeExtras } from '#engine'

/** `modified`: other content, target or kind. `metadata`: owner, mode, time, attributes only. */
export type EntryChange = 'modified' | 'metadata'

export function changeBetween(before: Entry, after: Entry): EntryChange | undefined {
  if (!hasSameContent(before, after)) return 'modified'
  return hasSameMetadata(before, after) ? undefined : 'metadata'
}

export function hasSameContent(a: Entry, b: Entry): boolean {
  if (a.kind !== b.kind || a.size !== b.size) return false
  if (equalBytes(a.extra, b.extra)) return true
  return equalBytes(contentOf(a), contentOf(b))
}

/** Not ctime, inode and number of names: they say where the entry stood, and are not restored. */
function hasSameMetadata(a: Entry, b: Entry): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.user === b.user &&
    a.group === b.group &&
    a.mtimeSec === b.mtimeSec &&
    a.mtimeNsec === b.mtimeNsec &&
    a.inconsistent === b.inconsistent &&
    (equalBytes(a.extra, b.extra) || equalBytes(attributesOf(a), attributesOf(b)))
  )
}

function contentOf(entry: Entry): Uint8Array {
  const { inline, pieces, pieceLists, linkTarget, rdev } = decodeExtras(entry.extra)
  return encodeExtras(defined({ inline, pieces, pieceLists, linkTarget, rdev }))
}

function attributesOf(entry: Entry): Uint8Array {
  const { xattrs, inodeFlags } = decodeExtras(entry.extra)
  return encodeExtras(defined({ xattrs, inodeFlags }))
}

function defined(extras: { readonly [K in keyof Extras]: Extras[K] | undefined }): Extras {
  const kept = Object.entries(extras).filter(([, value]) => value !== undefined)
  // Only keys with a value are left, so the record is one of extras.
  return Object.fromEntries(kept) as Extras
}
