/** The content of a window on its way: blocks in the order of the vault, each fetched and opened once. */
import { planRuns, rowsMax } from './block-runs.ts'
import type { FilePart } from './piece-file.ts'
import { placeRun } from './place-run.ts'
import { spansOf } from './prepare-window.ts'
import type { RestoreWork } from './restore-work.ts'
import type { Window } from './window.ts'

const entriesPerTask = 256

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
