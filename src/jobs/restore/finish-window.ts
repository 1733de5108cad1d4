/**
 * The end of a window, in the order of windows: files of several pieces get their names, further names are linked,
 * directories whose last entry has come get their metadata.
 */
import { assert, type ByteString } from '#base'
import { chunkIdOf, decodeExtras, KIND_CODE } from '#engine'
import type { DirectoryMetadata, PieceSpan } from '#ports'
import type { EntryPlanner } from './entry-planner.ts'
import type { LinkGroup, LinkName } from './link-groups.ts'
import { findWholeProblem, type PieceFile, sumPart } from './piece-file.ts'
import { placeWindow } from './place-window.ts'
import type { RestoreWork } from './restore-work.ts'
import { Window } from './window.ts'

const directoriesPerTask = 512
const linksPerTask = 512

export async function finishWindow(
  work: RestoreWork,
  planner: EntryPlanner,
  window: Window,
): Promise<void> {
  await endFiles(work, window)
  await placeLinks(work, planner, window)
  countEntries(work, window)
  await finishDirectories(work, window)
}

async function endFiles(work: RestoreWork, window: Window): Promise<void> {
  for (const part of window.parts) {
    const { file } = part
    const opened = await file.opened.promise
    if (opened !== undefined) sumPart(part)
    if (!part.isLast) continue
    const problem = findWholeProblem(file)
    if (opened === undefined || problem !== undefined) {
      if (opened !== undefined) await discardFile(work, file)
      if (problem !== undefined) failFile(work, file, problem)
      continue
    }
    await completeFile(work, file)
  }
}

function failFile(
  work: RestoreWork,
  file: PieceFile,
  problem: NonNullable<PieceFile['problem']>,
): void {
  const { window, record } = file
  if (window.dropped.has(record)) return
  if (file.group !== undefined) file.group.state = 'failed'
  window.failed.add(record)
  const path = work.shownPath(window.root, window.reader.path(record))
  work.report.fail({ path, ...problem })
}

async function completeFile(work: RestoreWork, file: PieceFile): Promise<void> {
  const { window, record, plannedBytes: size } = file
  const opened = await file.opened.promise
  assert(opened !== undefined, 'a file that is completed was opened')
  const { root, records } = window
  const ask = { root, records: records.bytes, record, file: opened, size }
  const outcome = await work.inTurn(() => {
    // Not before its turn: after an abort nothing is completed, and it must stay among the files to take away.
    work.openFiles.delete(file)
    return work.target.run('completeFile', ask, { signal: work.signal })
  })
  const [problem] = outcome.problems
  work.absorb(window, { ...outcome, problems: [] })
  if (problem !== undefined) failFile(work, file, problem)
  else {
    work.report.counts.restored++
    work.report.counts.restoredBytes += size
    work.report.settle(1, 0)
  }
}

/** Whatever ends the job: what has no name yet must not stay. */
export async function discardFile(work: RestoreWork, file: PieceFile): Promise<void> {
  const opened = await file.opened.promise
  assert(opened !== undefined, 'a file that is taken away was opened')
  work.openFiles.delete(file)
  const ask = { root: file.window.root, directory: file.directory.path, file: opened }
  await work.target.run('discardFile', ask, { signal: work.signal })
}

async function placeLinks(work: RestoreWork, planner: EntryPlanner, window: Window): Promise<void> {
  const ready: LinkName[] = []
  for (const link of window.links) {
    const { group, record } = link
    if (!window.isMade(record)) continue
    if (link.isThere && group.state === 'there') {
      window.dropped.add(record)
      work.report.counts.unchanged++
      work.report.trust(window.reader.size(record))
      continue
    }
    if (group.state === 'there') await verifyFirst(work, window, link)
    if (group.state === 'there') await placeAlone(work, planner, window, link)
    else ready.push(link)
  }
  for (let from = 0; from < ready.length; from += linksPerTask) {
    await linkBatch(work, window, ready.slice(from, from + linksPerTask))
  }
}

async function linkBatch(
  work: RestoreWork,
  window: Window,
  names: readonly LinkName[],
): Promise<void> {
  const { root, reader } = window
  const wanted: LinkName[] = []
  for (const link of names) {
    if (link.group.state === 'made' && link.group.identity !== undefined) wanted.push(link)
    else {
      const detail = `the file that it is a further name of (${link.group.path}) was not restored`
      work.failEntry(window, { record: link.record, code: 'target.refused', detail })
    }
  }
  const links = wanted.flatMap(({ group: { path: source, identity }, record }) => {
    if (identity === undefined) return []
    const placing = reader.isReplacing(record) ? ('replace' as const) : ('new' as const)
    return [{ path: reader.path(record), source, identity, placing }]
  })
  const outcome = await work.run('linkFiles', { root, links })
  for (const problem of outcome.problems) {
    const link = wanted[problem.record]
    if (link !== undefined) work.failEntry(window, { ...problem, record: link.record })
  }
  work.report.settle(links.length, 0)
}

/** The first name stood there before: it is linked to only when its content is that of the point. */
async function verifyFirst(
  work: RestoreWork,
  window: Window,
  { group, record }: LinkName,
): Promise<void> {
  const pieces = piecesOf(work, window, record)
  if (pieces === undefined) return
  const ask = { root: window.root, path: group.path, pieces, into: undefined }
  const answer = await work.run('compareFile', ask)
  const isEqual =
    answer?.size === window.reader.size(record) &&
    answer.equal.every((crc32) => crc32 !== undefined)
  if (isEqual) Object.assign(group, { identity: answer.identity, state: 'made' })
}

/** Undefined for content that is not simply a few chunks: it is restored again rather than compared. */
function piecesOf(work: RestoreWork, window: Window, record: number): PieceSpan[] | undefined {
  const { pieces, inline } = decodeExtras(window.reader.extra(record))
  if (inline !== undefined) {
    const { ports, keys } = work.reader.vault
    return [{ id: chunkIdOf(ports.cipher, keys, inline), position: 0, bytes: inline.length }]
  }
  if (pieces === undefined || pieces.some(({ kind }) => kind === 'zeros')) return undefined
  let position = 0
  return pieces.flatMap((piece) => {
    const span = { position, bytes: piece.bytes }
    position += piece.bytes
    return piece.kind === 'chunk' ? [{ ...span, id: piece.id }] : []
  })
}

/** A further name whose first name is another file now: it is restored by itself, and later names are linked to it. */
async function placeAlone(
  work: RestoreWork,
  planner: EntryPlanner,
  window: Window,
  { group, record, directory }: LinkName,
): Promise<void> {
  const { reader } = window
  const alone = new Window(work.target, window.root, { entries: 64 })
  const begun: LinkGroup = group
  begun.path = reader.path(record)
  const entry = {
    ...reader.facts(record),
    extra: reader.extra(record).slice(),
    nlink: 1,
    ctimeSec: 0,
    ctimeNsec: 0,
    inoLow: 0,
    inoHigh: 0,
    inconsistent: false,
  }
  const spot = { directory, name: reader.nameBytes(record).slice() }
  const unfinished = planner.planAlone(alone, entry, { spot, group: begun })
  if (unfinished !== undefined && !(await planner.planPieces(alone, unfinished, work.signal))) {
    const detail = 'it has too many pieces to be restored without its first name'
    work.failEntry(window, { record, code: 'limit.exceeded', detail })
    return
  }
  if (reader.isReplacing(record)) for (const made of alone.entries) alone.records.setReplacing(made)
  await placeWindow(work, alone)
  await endFiles(work, alone)
  countEntries(work, alone)
  window.dropped.add(record)
}

function countEntries(work: RestoreWork, window: Window): void {
  const { counts } = work.report
  const apart = new Set(window.parts.map(({ record }) => record))
  const links = new Set(window.links.map(({ record }) => record))
  for (const record of window.entries) {
    if (apart.has(record) || !window.isMade(record)) continue
    counts.restored++
    const { kindCode, size } = window.reader.facts(record)
    if (kindCode === KIND_CODE.file && !links.has(record)) counts.restoredBytes += size
  }
}

async function finishDirectories(work: RestoreWork, window: Window): Promise<void> {
  const byRoot = new Map<number, DirectoryMetadata[]>()
  for (const { metadata, fact, isAbove, root } of window.closed) {
    if (metadata === undefined || fact === 'blocked' || (isAbove && fact !== 'made')) continue
    const list = byRoot.get(root)
    if (list === undefined) byRoot.set(root, [metadata])
    else list.push(metadata)
  }
  for (const [root, list] of byRoot) {
    for (let from = 0; from < list.length; from += directoriesPerTask) {
      const directories = list.slice(from, from + directoriesPerTask)
      const outcome = await work.run('finishDirectories', { root, directories })
      const pathAt = (record: number): ByteString =>
        work.shownPath(root, directories[record]?.path ?? ('' as ByteString))
      for (const { record, code, detail } of outcome.problems)
        work.report.fail({ path: pathAt(record), code, detail })
      for (const { record, ...shortfall } of outcome.shortfalls)
        work.report.note({ path: pathAt(record), ...shortfall })
    }
  }
}
