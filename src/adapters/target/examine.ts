// What stands in the places of entries before a restore touches them.
import { type ByteString, equalBytes } from '#base'
import { KIND_CODE, LISTING_AT, listingInt64, listingUint64 } from '#engine'
import {
  RecordReader,
  type Standing,
  standings,
  suffixedName,
  type TargetProblem,
  type TargetTasks,
} from '#ports'
import { closeDescriptor, OPEN_ENTRY, openAt } from '../linux/descriptors.ts'
import { splitPath } from '../linux/entry-name.ts'
import { readLinkTarget } from '../linux/read-file.ts'
import { isSystemError } from '../linux/system-error.ts'
import type { TreeWriter } from '../linux/tree-writer.ts'
import { extrasOf } from './entry-facts.ts'
import type { HandTools } from './hands.ts'
import { problemOf, standsThere } from './task-outcome.ts'

type Examine = TargetTasks['examine']

/** Names tried for an entry that goes beside an existing one. */
const suffixMax = 999

export function examine(tools: HandTools, ask: Examine['ask']): Examine['answer'] {
  const { root, records, at, rename } = ask
  const codes = new Uint8Array(at.length).fill(standings.indexOf('absent'))
  const suffixes = new Uint32Array(at.length)
  const shared = new Uint8Array(at.length)
  const problems: TargetProblem[] = []
  if (tools.isMissing(root)) return { standings: codes, suffixes, shared, problems }
  const writer = tools.writer(root)
  const reader = new RecordReader(records)
  for (const [number, record] of at.entries()) {
    const path = reader.path(record)
    try {
      const place = { reader, record, path }
      const found = findQuietly(writer, path)
      let standing = standingOf(writer, place, found)
      if (rename && standing !== 'absent' && standing !== 'same') {
        const free = findFreeName(writer, place)
        suffixes[number] = free.suffix
        standing = free.standing
      } else if (found !== undefined && isShared(tools, place, found)) shared[number] = 1
      codes[number] = standings.indexOf(standing)
    } catch (problem) {
      problems.push(problemOf(problem, record, path))
    }
  }
  return { standings: codes, suffixes, shared, problems }
}

type Place = { readonly reader: RecordReader; readonly record: number; readonly path: ByteString }

function findFreeName(writer: TreeWriter, place: Place): { suffix: number; standing: Standing } {
  for (let suffix = 1; suffix <= suffixMax; suffix++) {
    const path = suffixedName(place.path, suffix)
    const standing = standingOf(writer, { ...place, path }, findQuietly(writer, path))
    if (standing === 'absent' || standing === 'same') return { suffix, standing }
  }
  throw standsThere('every name beside it is taken')
}

/** Whether setting the metadata of the entry would change a file under names that are none of its business. */
function isShared({ setup }: HandTools, { reader, record }: Place, found: Uint8Array): boolean {
  const view = viewOf(found)
  if (view.getUint8(LISTING_AT.kind) !== KIND_CODE.file) return false
  if (view.getUint32(LISTING_AT.nlink, true) === 1) return false
  const { mode, uid, gid, mtimeSec, mtimeNsec } = reader.facts(record)
  const { owner, setIds } = setup.permissions
  const bits = setIds ? 0o7777 : 0o1777
  const isSame =
    ((view.getUint16(LISTING_AT.mode, true) ^ mode) & bits) === 0 &&
    listingInt64(view, LISTING_AT.mtimeSec) === mtimeSec &&
    view.getUint32(LISTING_AT.mtimeNsec, true) === mtimeNsec
  if (!isSame || !owner) return !isSame
  return (
    view.getUint32(LISTING_AT.uid, true) !== uid || view.getUint32(LISTING_AT.gid, true) !== gid
  )
}

function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.byteLength)
}

function standingOf(
  writer: TreeWriter,
  { reader, record, path }: Place,
  found: Uint8Array | undefined,
): Standing {
  if (found === undefined) return 'absent'
  const view = viewOf(found)
  const kind = view.getUint8(LISTING_AT.kind)
  const facts = reader.facts(record)
  if (kind === KIND_CODE.directory) return 'directory'
  const seconds = listingInt64(view, LISTING_AT.mtimeSec)
  const order =
    seconds - facts.mtimeSec || view.getUint32(LISTING_AT.mtimeNsec, true) - facts.mtimeNsec
  if (kind !== facts.kindCode) return 'other'
  if (order !== 0) return order < 0 ? 'older' : 'newer'
  if (kind === KIND_CODE.file) {
    return listingUint64(view, LISTING_AT.size) === facts.size ? 'same' : 'differing'
  }
  if (kind !== KIND_CODE.symlink) return 'same'
  const target = extrasOf(reader, record).linkTarget
  return target !== undefined && equalBytes(target, linkTargetAt(writer, path))
    ? 'same'
    : 'differing'
}

/** In a dry run the directory may be missing too. */
function findQuietly(writer: TreeWriter, path: ByteString): Uint8Array | undefined {
  try {
    return writer.find(path)
  } catch (problem) {
    if (isSystemError(problem, 'ENOENT')) return undefined
    throw problem
  }
}

function linkTargetAt(writer: TreeWriter, path: ByteString): Uint8Array {
  const { directory, name } = splitPath(path)
  const fd = openAt(writer.directory(directory), name, { flags: OPEN_ENTRY })
  try {
    return readLinkTarget({ fd, byPath: true, path })
  } finally {
    closeDescriptor(fd)
  }
}
