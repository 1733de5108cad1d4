// The beginning and the end of a large file, whose content travels in parts in between (cut-part.ts).
import { assert, byteString } from '#base'
import { LISTING_AT, listingUint64 } from '#engine'
import {
  adviseSequential,
  closeEntry,
  compareWithListing,
  examineDescriptor,
  type OpenEntry,
} from '../linux/index.ts'
import { writeFinding } from './capture-batch.ts'
import { type ContentTaker, captureEntry, readExtra, setSize } from './capture-entry.ts'
import { decodeRequests } from './capture-records.ts'
import type { Jobs, OpenAnswer } from './jobs.ts'
import { sourceFailure } from './source-failure.ts'

/** Opens a file to be read in parts; what is no file (any more) is answered at once. */
export function openFile({ request }: Jobs['open']['ask']): OpenAnswer {
  const [place] = decodeRequests(request)
  assert(place !== undefined, 'one entry is to be opened')
  const holder = new FileHolder()
  const found = captureEntry(place, holder)
  const { finding } = found
  const entry = holder.entry
  if (finding.kind === 'failed' || entry === undefined) {
    holder.release()
    return { kind: 'other', entry: writeFinding(found) }
  }
  adviseSequential(entry)
  const listed = new Uint8Array(place.view.buffer, place.view.byteOffset + place.at).slice()
  return {
    kind: 'opened',
    file: { fd: entry.fd, path: entry.path, record: finding.record ?? listed },
  }
}

/** What the point says of the file: it is consistent when it did not change since it was opened. */
export function finishFile({ file, bytesRead }: Jobs['finish']['ask']): Uint8Array<ArrayBuffer> {
  const entry: OpenEntry = { fd: file.fd, byPath: false, path: file.path }
  const view = new DataView(file.record.buffer, file.record.byteOffset, file.record.byteLength)
  try {
    const { extra, notes } = readExtra(entry, { view, at: 0 })
    const isChanged = compareWithListing(entry, view, 0) !== 'same'
    const inconsistent = isChanged || bytesRead !== listingUint64(view, LISTING_AT.size)
    const record = isChanged ? examineDescriptor(file.fd, nameIn(file.record)) : file.record
    if (inconsistent) setSize(record, bytesRead)
    const finding = {
      kind: 'captured',
      inconsistent,
      record,
      extra,
      readBytes: 0,
      notes,
    } as const
    return writeFinding({ finding, bytes: 0 })
  } catch (problem) {
    return writeFinding({ finding: sourceFailure(problem), bytes: 0 })
  }
}

/** Keeps a file open instead of reading it. */
class FileHolder implements ContentTaker {
  entry: OpenEntry | undefined

  take(entry: OpenEntry, size: number): number {
    this.entry = entry
    return size
  }

  holds(entry: OpenEntry): boolean {
    return this.entry === entry
  }

  release(): void {
    if (this.entry !== undefined) closeEntry(this.entry)
    this.entry = undefined
  }
}

function nameIn(record: Uint8Array) {
  return byteString(record.subarray(LISTING_AT.name))
}
