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
  const writer = tools.writer(root)
  const reader = new RecordReader(records)
  const codes = new Uint8Array(at.length)
  const suffixes = new Uint32Array(at.length)
  const problems: TargetProblem[] = []
  for (const [number, record] of at.entries()) {
    const path = reader.path(record)
    try {
      let standing = standingOf(writer, { reader, record, path })
      if (rename && standing !== 'absent' && standing !== 'same') {
        const free = findFreeName(writer, { reader, record, path })
        suffixes[number] = free.suffix
        standing = free.standing
      }
      codes[number] = standings.indexOf(standing)
    } catch (problem) {
      problems.push(problemOf(problem, record, path))
    }
  }
  return { standings: codes, suffixes, problems }
}

type Place = { readonly reader: RecordReader; readonly record: number; readonly path: ByteString }

function findFreeName(writer: TreeWriter, place: Place): { suffix: number; standing: Standing } {
  for (let suffix = 1; suffix <= suffixMax; suffix++) {
    const path = suffixedName(place.path, suffix)
    const standing = standingOf(writer, { ...place, path })
    if (standing === 'absent' || standing === 'same') return { suffix, standing }
  }
  throw standsThere('every name beside it is taken')
}

function standingOf(writer: TreeWriter, { reader, record, path }: Place): Standing {
  const found = findQuietly(writer, path)
  if (found === undefined) return 'absent'
  const view = new DataView(found.buffer, found.byteOffset, found.byteLength)
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
