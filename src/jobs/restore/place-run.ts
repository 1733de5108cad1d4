/**
 * One run of blocks: fetched, and handed to a hand that opens them. What is damaged or gone is read once more (a cable that
 * shook), then from every other pack that has the same chunk, before a file fails for it.
 */
import { type ErrorCode, isFailure } from '#base'
import { type ChunkIndex, type FetchedBlocks, isDamage, type PackState } from '#vault'
import { type BlockRun, planRuns, refKey } from './block-runs.ts'
import type { FileProblem } from './piece-file.ts'
import type { RestoreWork } from './restore-work.ts'
import type { Window } from './window.ts'

/** Damaged copies of one chunk that are tried before its file fails. */
const copiesTriedMax = 8

/**
 * What hands say of content that is not what it must be, also when the byte that was hit is the number of its format;
 * anything else is the target's trouble.
 */
const damageCodes: readonly ErrorCode[] = ['object.damaged', 'vault.format-unknown']

/** A row of the window's refs whose content could not be had where it was looked for. */
type Loss = { readonly row: number; readonly problem: FileProblem }

export async function placeRun(work: RestoreWork, window: Window, run: BlockRun): Promise<void> {
  const losses = await attemptRun(work, window, run)
  if (losses.length > 0) {
    const left = await placeOthers(work, window, losses)
    if (left < losses.length) work.report.noteDamage(run.object)
  }
  let files = 0
  let settledBytes = 0
  for (const row of run.rows) {
    if (window.refs.file(row) === undefined) files++
    settledBytes += window.refs.length(row)
  }
  work.report.settle(files, settledBytes)
}

/** Answers what was not to be had there. */
async function attemptRun(
  work: RestoreWork,
  window: Window,
  run: BlockRun,
): Promise<readonly Loss[]> {
  return await work.inTurn(async () => {
    const fetched = await fetchRun(work, run)
    if ('code' in fetched) return Array.from(run.rows, (row) => lose(row, fetched))
    const { sealed, buffers } = fetched
    const { counts, rows, object } = run
    const { root, records, refs } = window
    const ask = { root, records: records.bytes, refs: refs.bytes, sealed, counts, rows, object }
    const { target, signal } = work
    const outcome = await target.run('placeBlocks', ask, { signal, transfer: [...buffers] })
    const damaged = new Map<number, FileProblem>()
    const problems = outcome.problems.filter((problem) => {
      const isDamaged = damageCodes.includes(problem.code)
      if (isDamaged) damaged.set(problem.record, problem)
      return !isDamaged
    })
    work.absorb(window, { ...outcome, problems })
    return Array.from(rows).flatMap((row) => {
      const problem = damaged.get(refs.record(row))
      return problem !== undefined && refs.state(row) === 'failed' ? [lose(row, problem)] : []
    })
  })
}

function lose(row: number, { code, detail }: FileProblem): Loss {
  return { row, problem: { code, detail } }
}

/** Answers how many rows were nowhere to be had; their entries have failed then. */
async function placeOthers(
  work: RestoreWork,
  window: Window,
  losses: readonly Loss[],
): Promise<number> {
  const { index } = work.reader
  const copies = new Map(losses.map(({ row }) => [row, copiesOf(index, window.refs.id(row))]))
  let waiting = losses
  let failed = 0
  while (waiting.length > 0) {
    const keys: number[] = []
    for (const { row, problem } of waiting) {
      const entry = copies.get(row)?.shift()
      if (entry === undefined) {
        failRow(work, window, { row, problem })
        failed++
        continue
      }
      window.refs.setOrdinal(row, index.ordinalOf(entry))
      window.refs.settle(row, 'waiting', 0)
      keys.push(refKey(index.blockOf(entry), row))
    }
    const runs = planRuns(index, Float64Array.from(keys).sort())
    const further = await Promise.allSettled(runs.map((run) => attemptRun(work, window, run)))
    waiting = further.flatMap((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
  }
  return failed
}

const readiness: Readonly<Record<PackState, number>> = {
  live: 0,
  condemned: 1,
  quarantined: 2,
  missing: 3,
}

/** Where a chunk can be read: first where it is looked for anyway, then its other copies, the surest first. */
function copiesOf(index: ChunkIndex, id: Uint8Array): number[] {
  const usual = index.find(id, false)
  const rank = (entry: number) => readiness[index.stateOf(index.packOf(entry))]
  const others = index
    .copiesOf(id)
    .filter((entry) => entry !== usual && index.block(index.blockOf(entry)).kind === 'data')
    .sort((a, b) => rank(a) - rank(b))
  return [...(usual === undefined ? [] : [usual]), ...others].slice(0, copiesTriedMax)
}

function failRow(work: RestoreWork, window: Window, { row, problem }: Loss): void {
  window.refs.settle(row, 'failed', 0)
  work.failEntry(window, { record: window.refs.record(row), ...problem })
}

/** The sealed blocks of a run; what is wrong when the vault has them no more. */
async function fetchRun(
  work: RestoreWork,
  { object, offset, length, blocks: places }: BlockRun,
): Promise<FetchedBlocks | FileProblem> {
  const blocks = places.map(({ at, length: bytes }) => ({ offset: offset + at, length: bytes }))
  try {
    const fetched = await work.reader.blocks.fetch({ object, blocks }, work.signal)
    work.report.counts.fetchedBytes += length
    return fetched
  } catch (problem) {
    if (!isFailure(problem) || !isDamage(problem)) throw problem
    return { code: problem.code, detail: problem.message }
  }
}
