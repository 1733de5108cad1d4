// Content from blocks into files: each block is opened once, each chunk of it checked against its id
// once, and put wherever the window wants it. A chunk that is not what it must be fails the files that
// need it and no others.
import { assert, equalBytes, failure } from '#base'
import { type ChunkId, chunkIdOf, openBlock } from '#engine'
import { RecordReader, RefTable, type TargetOutcome, type TargetTasks } from '#ports'
import type { TreeWriter } from '../linux/tree-writer.ts'
import type { HandTools } from './hands.ts'
import { type EntryPlace, placeFile } from './place-entries.ts'
import { OutcomeDraft } from './task-outcome.ts'

type Ask = TargetTasks['placeBlocks']['ask']

/** V8 keeps smaller buffers where the kernel cannot be pointed at them. */
const movableBytesMax = 64

export function placeBlocks(tools: HandTools, ask: Ask): TargetOutcome {
  const work: Work = {
    tools,
    writer: tools.writer(ask.root),
    reader: new RecordReader(ask.records),
    refs: new RefTable(ask.refs),
    outcome: new OutcomeDraft(),
    object: ask.object,
  }
  let next = 0
  for (const [number, sealed] of ask.sealed.entries()) {
    const count = ask.counts[number] ?? 0
    placeBlock(work, sealed, ask.rows.subarray(next, next + count))
    next += count
  }
  for (const sealed of ask.sealed) freeBuffer(sealed)
  assert(next === ask.rows.length, 'every ref belongs to a block of its task')
  return work.outcome.finish()
}

type Work = {
  readonly tools: HandTools
  readonly writer: TreeWriter
  readonly reader: RecordReader
  readonly refs: RefTable
  readonly outcome: OutcomeDraft
  readonly object: string
}

function placeBlock(work: Work, sealed: Uint8Array, rows: Uint32Array): void {
  const { tools, refs, outcome, reader, object } = work
  let chunks: readonly Uint8Array[] = []
  const first = rows[0] ?? 0
  const isOpen = outcome.attempt(refs.record(first), reader.path(refs.record(first)), () => {
    chunks = openBlock(tools.cipher, tools.setup.keys, { kind: 'data', sealed, object })
  })
  if (!isOpen) {
    failAll(work, rows)
    return
  }
  const ids: (ChunkId | undefined)[] = []
  for (const row of rows) {
    const record = refs.record(row)
    const place: EntryPlace = { reader, record, path: reader.path(record) }
    const isDone = outcome.attempt(record, place.path, () => {
      const ordinal = refs.ordinal(row)
      const chunk = chunks[ordinal]
      if (chunk === undefined) throw damaged(object)
      const id = ids[ordinal] ?? chunkIdOf(tools.cipher, tools.setup.keys, chunk)
      ids[ordinal] = id
      if (!equalBytes(id, refs.id(row)) || chunk.length !== refs.length(row)) throw damaged(object)
      put(work, row, place, chunk)
    })
    if (!isDone) refs.settle(row, 'failed', 0)
  }
}

function put(work: Work, row: number, place: EntryPlace, chunk: Uint8Array): void {
  const { refs, writer, tools, outcome } = work
  const fd = refs.file(row)
  const content = chunk.buffer.byteLength > movableBytesMax ? chunk : steady(chunk)
  if (fd === undefined) {
    placeFile(writer, place, content, outcome)
    refs.settle(row, 'written', 0)
    return
  }
  writer.write({ fd, byPath: false, path: place.path }, content, refs.position(row))
  refs.settle(row, 'written', tools.cipher.crc32(content, 0))
}

/** The blocks of a task are views of one buffer that nobody else has: to move it into one without bytes frees it at once. */
function freeBuffer({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}

function steady(chunk: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 * movableBytesMax)
  bytes.set(chunk)
  return bytes.subarray(0, chunk.length)
}

/** The first is named with what was wrong; the others suffer from the same. */
function failAll({ refs, outcome }: Work, rows: Uint32Array): void {
  const problem = outcome.problems.at(-1)
  assert(problem !== undefined, 'a block that does not open has left its problem')
  for (const [i, row] of rows.entries()) {
    refs.settle(row, 'failed', 0)
    if (i > 0) outcome.problems.push({ ...problem, record: refs.record(row) })
  }
}

function damaged(object: string): Error {
  return failure('object.damaged', { object, problem: 'a chunk is not what the index says' })
}
