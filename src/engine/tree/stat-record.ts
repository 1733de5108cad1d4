/** The stat part of a listing record as a value, and its comparison with a stored row. */
import { assert } from '#base'
import {
  KIND_CODE,
  LISTING_AT,
  listedKindAt,
  listingInt64,
  listingUint64,
} from '../format/listing.ts'
import type { EntryStat } from './entry.ts'
import type { LeafCursor } from './leaf.ts'
import { findLinkDevice } from './linked-names.ts'

export function statOfRecord(view: DataView, at: number): EntryStat {
  const kind = listedKindAt(view, at)
  assert(kind !== undefined, 'an entry that was examined has a kind')
  return {
    kind,
    mode: view.getUint32(at + LISTING_AT.mode, true) & 0o7777,
    uid: view.getUint32(at + LISTING_AT.uid, true),
    gid: view.getUint32(at + LISTING_AT.gid, true),
    nlink: view.getUint32(at + LISTING_AT.nlink, true),
    size: kind === 'file' ? listingUint64(view, at + LISTING_AT.size) : 0,
    mtimeSec: listingInt64(view, at + LISTING_AT.mtimeSec),
    mtimeNsec: view.getUint32(at + LISTING_AT.mtimeNsec, true),
    ctimeSec: listingInt64(view, at + LISTING_AT.ctimeSec),
    ctimeNsec: view.getUint32(at + LISTING_AT.ctimeNsec, true),
    inoLow: view.getUint32(at + LISTING_AT.ino, true),
    inoHigh: view.getUint32(at + LISTING_AT.ino + 4, true),
  }
}

/**
 * Whether a row may be kept as it is although devices have been numbered anew, which `isUnchanged` does not look at: the
 * device in the row of a file of several names is the one that is listed now.
 * @throws tree.malformed
 */
export function isLinkedAsListed(view: DataView, at: number, row: LeafCursor): boolean {
  if (row.kindCode !== KIND_CODE.file || row.nlink < 2) return true
  const device = findLinkDevice(row.extra)
  return device === undefined || device === String(view.getBigUint64(at + LISTING_AT.dev, true))
}

/**
 * Whether the file is as it was: ctime cannot be set by a user, so equal size, mtime, ctime and inode mean that content
 * and metadata are the same. Owner and mode are compared as well for file systems that treat ctime loosely.
 */
export function isUnchanged(view: DataView, at: number, row: LeafCursor): boolean {
  return (
    view.getUint8(at + LISTING_AT.kind) === row.kindCode &&
    view.getUint32(at + LISTING_AT.ctimeNsec, true) === row.ctimeNsec &&
    view.getUint32(at + LISTING_AT.mtimeNsec, true) === row.mtimeNsec &&
    listingInt64(view, at + LISTING_AT.ctimeSec) === row.ctimeSec &&
    listingInt64(view, at + LISTING_AT.mtimeSec) === row.mtimeSec &&
    view.getUint32(at + LISTING_AT.ino, true) === row.inoLow &&
    view.getUint32(at + LISTING_AT.ino + 4, true) === row.inoHigh &&
    (view.getUint32(at + LISTING_AT.mode, true) & 0o7777) === row.mode &&
    view.getUint32(at + LISTING_AT.uid, true) === row.uid &&
    view.getUint32(at + LISTING_AT.gid, true) === row.gid &&
    (view.getUint8(at + LISTING_AT.kind) !== 1 ||
      listingUint64(view, at + LISTING_AT.size) === row.size)
  )
}
