/** The content of a window on its way: blocks in the order of the vault, each fetched and opened once. */
import { failure, isFailure } from '#base'
import { isDamage } from '#vault'
import { type BlockRun, planRuns, rowsMax } from './block-runs.ts'
import type { FilePart } from './piece-file.ts'
import { spansOf } from './prepare-window.ts'
import type { RestoreWork } from './restore-work.ts'
import type { Window } from './window.ts'

const entriesPerTask = 256
const spareBytesMax = 4096

/** On return every entry of the window is in place or failed, but for files of several pieces, which `finish` ends. */
export async function placeWindow(work: RestoreWork, window: Window): Promise<void> {
  await openFiles(work, window)
  await Promise.all(window.parts.map((part) => preparePart(work, window, part)))
  const runs = planRuns(work.reader.index, wantedKeys(window))
  await all([
    ...placeRecords(work, window, window.plain),
    ...runs.map((run) => placeRun(work, window, run)),
  ])
  await all(placeRecords(work, window, window.symlinks))
}

/** Every one has ended before the first failure is thrown. */
async function all(tasks: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(tasks)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

async function openFiles(work: RestoreWork, window: Window): Promise<void> {
  const { root, records } = window
  const wanted = window.starting.filter(
    (file) => window.isMade(file.record) && file.problem === undefined,
  )
  try {
    if (wanted.length === 0) return
    const at = Uint32Array.from(wanted, (file) => file.record)
    const { files, problems } = await work.run('openFiles', { root, records: records.bytes, at })
    for (const [i, file] of wanted.entries()) {
      const opened = files[i]
      if (opened !== undefined) work.openFiles.add(file)
      file.opened.resolve(opened)
    }
    for (const problem of problems) work.failEntry(window, problem)
  } finally {
    // Whoever waits for a file that is not restored learns it; the others have been told.
    for (const file of window.starting) file.opened.resolve(undefined)
  }
}

/** Tells the part's rows where they go; what the file in place has already is taken from it. */
async function preparePart(work: RestoreWork, window: Window, part: FilePart): Promise<void> {
  const { file, steps, refs } = part
  const opened = await file.opened.promise
  const rows = steps.filter((step) => step >= 0)
  if (opened === undefined || rows.length === 0) return
  for (const row of rows) refs.setFile(row, opened.fd)
  if (!file.isPatched) return
  const path = window.reader.path(part.record)
  const ask = { root: window.root, path, pieces: spansOf(window, rows), into: opened.fd }
  const answer = await work.run('compareFile', ask)
  for (const [i, row] of rows.entries()) {
    const crc32 = answer?.equal[i]
    if (crc32 !== undefined) refs.settle(row, 'written', crc32)
  }
}

function wantedKeys(window: Window): Float64Array {
  const { refs } = window
  const partRecords = new Set(window.parts.map(({ record }) => record))
  const keys = window.refKeys.filter((key) => {
    const row = key % rowsMax
    if (refs.state(row) !== 'waiting') return false
    const record = refs.record(row)
    return partRecords.has(record) ? refs.file(row) !== undefined : window.isMade(record)
  })
  return Float64Array.from(keys).sort()
}

function placeRecords(
  work: RestoreWork,
  window: Window,
  records: readonly number[],
): Promise<void>[] {
  const wanted = records.filter((record) => window.isMade(record))
  const tasks: Promise<void>[] = []
  for (let from = 0; from < wanted.length; from += entriesPerTask) {
    const at = Uint32Array.from(wanted.slice(from, from + entriesPerTask))
    tasks.push(placeBatch(work, window, at))
  }
  return tasks
}

async function placeBatch(work: RestoreWork, window: Window, at: Uint32Array): Promise<void> {
  const { root, records } = window
  work.absorb(window, await work.run('placeEntries', { root, records: records.bytes, at }))
  work.report.settle(at.length, 0)
}

async function placeRun(work: RestoreWork, window: Window, run: BlockRun): Promise<void> {
  await work.inTurn(async () => {
    const bytes = await fetchRun(work, window, run)
    if (bytes === undefined) return
    const sealed = run.blocks.map(({ at, length }) => bytes.subarray(at, at + length))
    const { counts, rows, object } = run
    const { root, records, refs } = window
    const ask = { root, records: records.bytes, refs: refs.bytes, sealed, counts, rows, object }
    const { target, signal } = work
    const outcome = await target.run('placeBlocks', ask, { signal, transfer: [bytes.buffer] })
    work.absorb(window, outcome)
  })
  let files = 0
  let settledBytes = 0
  for (const row of run.rows) {
    if (window.refs.file(row) === undefined) files++
    settledBytes += window.refs.length(row)
  }
  work.report.settle(files, settledBytes)
}

/** Bytes that can be handed to a thread: a small view of a large buffer would take that along. */
function ownBytes(found: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = found
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength < length + spareBytesMax
  return isWhole ? new Uint8Array(buffer, byteOffset, length) : found.slice()
}

/** The bytes of a run, our own to give away; undefined when the vault has them no more: that fails the files concerned. */
async function fetchRun(
  work: RestoreWork,
  window: Window,
  run: BlockRun,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { store } = work.reader.vault.ports
  const { object, offset, length } = run
  try {
    const found = await store.find(object, { offset, length }, work.signal)
    if (found === undefined) throw failure('object.missing', { object })
    work.report.counts.fetchedBytes += length
    return ownBytes(found)
  } catch (problem) {
    if (!isFailure(problem) || !isDamage(problem)) throw problem
    for (const row of run.rows) {
      window.refs.settle(row, 'failed', 0)
      const record = window.refs.record(row)
      work.failEntry(window, { record, code: problem.code, detail: problem.message })
    }
    return undefined
  }
}
