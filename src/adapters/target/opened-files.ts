// Files of many pieces: opened under a temporary name, written by all hands, completed or taken away by
// any of them; and further names of files that are in place.
import type { ByteString } from '#base'
import { equalBytes } from '#base'
import { type ChunkId, chunkIdOf } from '#engine'
import {
  type OpenedFile,
  type PieceSpan,
  RecordReader,
  type TargetOutcome,
  type TargetProblem,
  type TargetTasks,
} from '#ports'
import { closeDescriptor, openAt } from '../linux/descriptors.ts'
import type { Shortfall } from '../linux/entry-metadata.ts'
import { splitPath } from '../linux/entry-name.ts'
import { identityOf } from '../linux/list-directory.ts'
import { readAt } from '../linux/read-file.ts'
import { MODE_FILE, MODE_KIND_MASK, STATX_WORD, statDescriptor, statxWord } from '../linux/statx.ts'
import { SystemCallError } from '../linux/system-error.ts'
import type { NewFile, Prepared, TreeWriter } from '../linux/tree-writer.ts'
import { OPEN_AGAIN } from '../linux/write-calls.ts'
import type { OpenEntry } from '../linux/xattr-calls.ts'
import { extrasOf, metadataOf } from './entry-facts.ts'
import type { HandTools } from './hands.ts'
import { placePrepared } from './place-entries.ts'
import { OutcomeDraft, problemOf } from './task-outcome.ts'

type Open = TargetTasks['openFiles']
type Compare = TargetTasks['compareFile']
type Complete = TargetTasks['completeFile']

export function openFiles(tools: HandTools, { root, records, at }: Open['ask']): Open['answer'] {
  const writer = tools.writer(root)
  const reader = new RecordReader(records)
  const problems: TargetProblem[] = []
  const files = Array.from(at, (record): OpenedFile | undefined => {
    const path = reader.path(record)
    try {
      const metadata = metadataOf(reader, record, extrasOf(reader, record))
      const { fd, spot, shortfalls } = writer.createFile(path, metadata)
      return { fd, temporary: spot.temporary, shortfalls }
    } catch (problem) {
      problems.push(problemOf(problem, record, path))
      return undefined
    }
  })
  return { files, problems }
}

export function completeFile(tools: HandTools, ask: Complete['ask']): TargetOutcome {
  const { root, records, record, file, size } = ask
  const writer = tools.writer(root)
  const reader = new RecordReader(records)
  const outcome = new OutcomeDraft()
  const path = reader.path(record)
  const metadata = metadataOf(reader, record, extrasOf(reader, record))
  outcome.attempt(record, path, () => {
    const newFile = newFileOf(file, path)
    let prepared: Prepared
    try {
      // A hole at the end is made by the size alone.
      writer.setSize(newFile, size)
      if (reader.isIdentified(record))
        outcome.identities.push({ record, ...writer.identify(newFile) })
      prepared = writer.completeFile(newFile, metadata)
    } catch (problem) {
      writer.discardFile(newFile)
      throw problem
    }
    placePrepared(writer, prepared, { record, isReplacing: reader.isReplacing(record) }, outcome)
  })
  return outcome.finish()
}

export function discardFile(
  tools: HandTools,
  { root, directory, file }: TargetTasks['discardFile']['ask'],
): undefined {
  tools.writer(root).discardFile(newFileOf(file, joined(directory, file.temporary)))
  return undefined
}

export function linkFiles(tools: HandTools, ask: TargetTasks['linkFiles']['ask']): TargetOutcome {
  const writer = tools.writer(ask.root)
  const outcome = new OutcomeDraft()
  for (const [record, { path, source, identity, placing }] of ask.links.entries()) {
    outcome.attempt(record, path, () => {
      const prepared = writer.prepareLink(path, source, identity)
      placePrepared(writer, prepared, { record, isReplacing: placing === 'replace' }, outcome)
    })
  }
  return outcome.finish()
}

export function compareFile(tools: HandTools, ask: Compare['ask']): Compare['answer'] {
  const existing = openToRead(tools.writer(ask.root), ask.path)
  if (existing === undefined) return undefined
  try {
    const longest = ask.pieces.reduce((max, { bytes }) => Math.max(max, bytes), 0)
    const buffer = new Uint8Array(Math.max(longest, 128))
    const equal = ask.pieces.map((piece) => comparePiece(tools, ask, { piece, existing, buffer }))
    const identity = identityOf(existing.fd, ask.path)
    return { equal, size: fileSize(existing), identity }
  } catch (problem) {
    // A file that cannot be read is one that is written anew.
    if (problem instanceof SystemCallError && problem.reason !== 'full') return undefined
    throw problem
  } finally {
    closeDescriptor(existing.fd)
  }
}

/** What is written is what was hashed just before, so a file that changes meanwhile does no harm. */
function comparePiece(
  tools: HandTools,
  { into, path, root }: Compare['ask'],
  {
    piece,
    existing,
    buffer,
  }: {
    readonly piece: PieceSpan
    readonly existing: OpenEntry
    readonly buffer: Uint8Array
  },
): number | undefined {
  const { bytes: length, position, id } = piece
  if (readAt(existing, { into: buffer, at: 0, length, position }) !== length) return undefined
  const stretch = buffer.subarray(0, length)
  const found: ChunkId = chunkIdOf(tools.cipher, tools.setup.keys, stretch)
  if (!equalBytes(found, id)) return undefined
  if (into !== undefined) {
    tools.writer(root).write({ fd: into, byPath: false, path }, stretch, position)
  }
  return tools.cipher.crc32(stretch, 0)
}

function fileSize({ fd, path }: OpenEntry): number {
  const words = statDescriptor(fd, path)
  return statxWord(words, STATX_WORD.size + 1) * 2 ** 32 + statxWord(words, STATX_WORD.size)
}

function openToRead(writer: TreeWriter, path: ByteString): OpenEntry | undefined {
  const { directory, name } = splitPath(path)
  let fd: number
  try {
    fd = openAt(writer.directory(directory), name, OPEN_AGAIN)
  } catch (problem) {
    if (problem instanceof SystemCallError) return undefined
    throw problem
  }
  const mode = statxWord(statDescriptor(fd, path), STATX_WORD.mode)
  if ((mode & MODE_KIND_MASK) === MODE_FILE) return { fd, byPath: false, path }
  closeDescriptor(fd)
  return undefined
}

function newFileOf(file: OpenedFile, path: ByteString): NewFile {
  const spot = { ...splitPath(path), temporary: file.temporary }
  // The shortfalls are those that `createFile` gave; on their way they kept their shape.
  const shortfalls = file.shortfalls as readonly Shortfall[]
  return { fd: file.fd, byPath: false, path, spot, shortfalls }
}

function joined(directory: ByteString, name: ByteString): ByteString {
  return (directory === '' ? name : `${directory}/${name}`) as ByteString
}
