/** Before content moves: directories are made, what stands in the places of entries is seen, and each conflict decided. */
import { assert } from '#base'
import { KIND_CODE } from '#engine'
import { type PieceSpan, standings } from '#ports'
import { type Decision, decide } from './conflict.ts'
import type { RestoreDirectory } from './directory-stack.ts'
import type { RestoreWork } from './restore-work.ts'
import type { Window } from './window.ts'

const directoriesPerTask = 1024
const entriesPerTask = 512

/** In the order of windows: those of a later one may lie in those of an earlier one. */
export async function makeDirectories(work: RestoreWork, window: Window): Promise<void> {
  const { rules, report } = work
  const replacing = rules.rule === 'overwrite' || rules.rule === 'newer'
  const { directories } = window
  for (let at = 0; at < directories.length; ) {
    const root = directories[at]?.root ?? 0
    const batch: RestoreDirectory[] = []
    for (; batch.length < directoriesPerTask && directories[at]?.root === root; at++) {
      const directory = directories[at]
      if (directory?.parent?.fact === 'blocked') directory.fact = 'blocked'
      else if (directory !== undefined) batch.push(directory)
    }
    const paths = batch.map(({ path }) => path)
    const { facts, problems } = await work.run('makeDirectories', { root, paths, replacing })
    for (const [i, directory] of batch.entries()) {
      directory.fact = facts[i] ?? 'blocked'
      if (directory.fact === 'made' && !directory.isAbove) report.counts.restored++
    }
    for (const { record, code, detail } of problems) {
      const path = work.shownPath(root, paths[record] ?? window.reader.path(record))
      report.fail({ path, code, detail })
    }
  }
}

/** Decides about every entry of the window: afterwards those to be made are known, and how. */
export async function settleConflicts(work: RestoreWork, window: Window): Promise<void> {
  for (const { record, chunk } of window.lacking) {
    const detail = `a piece of its content (${chunk}) is in no pack of the vault`
    work.failEntry(window, { record, code: 'chunk.missing', detail })
  }
  const present: number[] = []
  for (const { directory, from, to } of window.groups) {
    assert(directory.fact !== 'unknown', 'directories are made before their entries')
    if (directory.fact === 'made') continue
    const records = window.entries.slice(from, to)
    if (directory.fact === 'found') present.push(...records)
    else for (const record of records) failBlocked(work, window, record)
  }
  const decisions = await examine(work, window, present)
  const compared: number[] = []
  const refreshed: number[] = []
  for (const [record, decision] of decisions) {
    if (applyDecision(work, window, { record, decision }) === 'compare') compared.push(record)
    if (decision === 'refresh') refreshed.push(record)
  }
  const { dryRun, verifyExisting } = work.rules
  // A dry run reads content only where that is what was asked for.
  if (!dryRun || verifyExisting) refreshed.push(...(await compareContent(work, window, compared)))
  if (!dryRun) await refresh(work, window, refreshed)
  for (const [record, group] of window.begun) if (window.dropped.has(record)) group.state = 'there'
}

/** A file that has other names too stays what it is under those; under this one another file takes its place. */
function apart(decision: Decision): Decision {
  return decision === 'compare' || decision === 'refresh' ? 'replace' : decision
}

function failBlocked(work: RestoreWork, window: Window, record: number): void {
  const detail = 'its directory could not be made'
  work.failEntry(window, { record, code: 'target.refused', detail })
}

async function examine(
  work: RestoreWork,
  window: Window,
  present: readonly number[],
): Promise<Map<number, Decision>> {
  const { rules } = work
  const { root, records, reader } = window
  const decisions = new Map<number, Decision>()
  for (let from = 0; from < present.length; from += entriesPerTask) {
    const at = Uint32Array.from(present.slice(from, from + entriesPerTask))
    const ask = { root, records: records.bytes, at, rename: rules.rule === 'rename' }
    const { standings: codes, suffixes, shared, problems } = await work.run('examine', ask)
    for (const [i, record] of at.entries()) {
      const standing = standings[codes[i] ?? 0]
      assert(standing !== undefined, 'a standing has a name')
      if ((suffixes[i] ?? 0) > 0) records.setSuffix(record, suffixes[i] ?? 0)
      const isFile = reader.facts(record).kindCode === KIND_CODE.file
      const decision = decide(standing, isFile, rules)
      decisions.set(record, shared[i] === 1 ? apart(decision) : decision)
    }
    for (const problem of problems) work.failEntry(window, problem)
  }
  return decisions
}

/** Answers what is left to do before the entry is made or not. */
function applyDecision(
  work: RestoreWork,
  window: Window,
  { record, decision }: { readonly record: number; readonly decision: Decision },
): Decision {
  const { counts } = work.report
  const link = window.links.find((name) => name.record === record)
  switch (decision) {
    case 'keep':
      work.report.keep(work.shownPath(window.root, window.reader.path(record)))
      window.dropped.add(record)
      return decision
    case 'done':
    case 'refresh':
      if (link !== undefined && decision === 'refresh') {
        link.isThere = true
        window.records.setReplacing(record)
        return decision
      }
      counts.unchanged++
      if (window.reader.kind(record) === 'file') work.report.trust(window.reader.size(record))
      window.dropped.add(record)
      return decision
    case 'blocked': {
      const detail = 'a directory stands in its place'
      work.failEntry(window, { record, code: 'target.refused', detail })
      return decision
    }
    case 'compare':
    case 'replace':
      window.records.setReplacing(record)
      work.report.replace(work.shownPath(window.root, window.reader.path(record)))
      return link === undefined ? decision : 'replace'
    default:
      return decision
  }
}

/** Files that differ from the point only in their metadata need no content; answers those. */
async function compareContent(
  work: RestoreWork,
  window: Window,
  compared: readonly number[],
): Promise<number[]> {
  if (compared.length === 0) return []
  const equal: number[] = []
  const rows = rowsByRecord(window)
  const { root, reader } = window
  for (const record of compared) {
    const part = window.findPart(record)
    if (part !== undefined) part.file.isPatched = true
    const steps = part?.steps ?? rows.get(record) ?? []
    const isComparable =
      (part?.isLast ?? true) && steps.length > 0 && steps.every((row) => row >= 0)
    if (!isComparable) continue
    const ask = { root, path: reader.path(record), pieces: spansOf(window, steps), into: undefined }
    const answer = await work.run('compareFile', ask)
    const isEqual =
      answer?.size === reader.size(record) && answer.equal.every((crc32) => crc32 !== undefined)
    if (!isEqual) continue
    work.report.spare(work.shownPath(root, reader.path(record)))
    window.dropped.add(record)
    equal.push(record)
  }
  return equal
}

async function refresh(
  work: RestoreWork,
  window: Window,
  records: readonly number[],
): Promise<void> {
  for (let from = 0; from < records.length; from += entriesPerTask) {
    const at = Uint32Array.from(records.slice(from, from + entriesPerTask))
    const outcome = await work.run('refreshEntries', {
      root: window.root,
      records: window.records.bytes,
      at,
    })
    work.absorb(window, outcome)
  }
}

export function spansOf({ refs }: Window, rows: readonly number[]): PieceSpan[] {
  return rows.map((row) => ({
    // A copy: the ids of a whole table would travel with each view.
    id: refs.id(row).slice(),
    position: refs.position(row),
    bytes: refs.length(row),
  }))
}

export function rowsByRecord({ refs, refCount }: Window): Map<number, number[]> {
  const rows = new Map<number, number[]>()
  for (let row = 0; row < refCount; row++) {
    const record = refs.record(row)
    const known = rows.get(record)
    if (known === undefined) rows.set(record, [row])
    else known.push(row)
  }
  return rows
}
