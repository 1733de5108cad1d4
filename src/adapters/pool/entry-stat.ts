// The facts of a listing record as an entry of the tree has them. Plain loads of a DataView: half a
// microsecond a record, where BigInts would take three times that.
import { assert } from '#base'
import { type EntryStat, KIND_CODE, LISTING_AT, type ListedKind, listingUint64 } from '#engine'

const kinds = new Map<number, ListedKind>()
for (const kind of Object.keys(KIND_CODE) as ListedKind[]) kinds.set(KIND_CODE[kind], kind)

export function entryStat(record: Uint8Array): EntryStat {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
  const kind = kinds.get(view.getUint8(LISTING_AT.kind))
  assert(kind !== undefined, 'what was captured has a known kind')
  return {
    kind,
    mode: view.getUint32(LISTING_AT.mode, true),
    uid: view.getUint32(LISTING_AT.uid, true),
    gid: view.getUint32(LISTING_AT.gid, true),
    nlink: view.getUint32(LISTING_AT.nlink, true),
    size: listingUint64(view, LISTING_AT.size),
    mtimeSec: signedLong(view, LISTING_AT.mtimeSec),
    mtimeNsec: view.getUint32(LISTING_AT.mtimeNsec, true),
    ctimeSec: signedLong(view, LISTING_AT.ctimeSec),
    ctimeNsec: view.getUint32(LISTING_AT.ctimeNsec, true),
    inoLow: view.getUint32(LISTING_AT.ino, true),
    inoHigh: view.getUint32(LISTING_AT.ino + 4, true),
  }
}

/** Seconds before 1970 are negative. */
function signedLong(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
}
