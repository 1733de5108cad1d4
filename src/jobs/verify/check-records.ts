/** The ledger and the points: every record opens, and they agree with one another. */
import {
  emptyLedgerState,
  type KnownPoint,
  type LedgerState,
  ledgerName,
  numberOf,
  type ObjectName,
  objectName,
  pointState,
} from '#engine'
import {
  configChangeOf,
  configName,
  findLostEntries,
  type LostPromises,
  readEntry,
  readLedger,
  readPoint,
  salvageLedger,
  type Vault,
} from '#vault'
import type { Findings } from './findings.ts'
import type { SecondAttempt } from './second-attempt.ts'

export type CheckedRecords = {
  readonly state: LedgerState
  /** The ledger itself does not say any more what is true, or not all of it; `state` is put together from what is left. */
  readonly ledgerLost: boolean
  /** What lost entries may have promised, when it is put together. */
  readonly lostPromises: LostPromises | undefined
  /** Living points that can be read, oldest first. */
  readonly points: readonly KnownPoint[]
}

export type RecordTools = {
  readonly vault: Vault
  readonly findings: Findings
  readonly second: SecondAttempt
}

export async function checkRecords(
  tools: RecordTools,
  signal: AbortSignal,
): Promise<CheckedRecords> {
  await checkEntries(tools, signal)
  const { vault, findings, second } = tools
  const read = await second.run('the ledger', () => readLedger(vault, signal), signal)
  if (!read.ok) {
    findings.add({
      object: 'the ledger',
      what: read.problem.code === 'ledger.incomplete' ? 'missing' : 'damaged',
      detail: `what is true of the vault cannot be read: ${read.problem.message}`,
    })
  }
  const isLost = !read.ok || (await tellLostEntries(tools, read.value, signal))
  const salvage = isLost ? await salvageLedger(vault, signal) : undefined
  const state = salvage?.state ?? (read.ok ? read.value : emptyLedgerState)
  const change = configChangeOf(vault, state)
  if (change !== undefined)
    findings.add({
      object: configName,
      what: 'contradicts',
      detail: `the ledger knows it otherwise: ${change}`,
    })
  const points = await checkPoints(tools, state, signal)
  await checkOthers(tools, state, signal)
  return { state, ledgerLost: isLost, lostPromises: salvage?.lostPromises, points }
}

/** Every entry that is still there, also those that no reader needs any more: they are the vault's history. */
async function checkEntries(tools: RecordTools, signal: AbortSignal): Promise<void> {
  const { vault, findings, second } = tools
  const names: ObjectName[] = []
  for await (const { name } of vault.ports.store.list('ledger', signal)) names.push(name)
  let before:
    | { readonly number: number; readonly epoch: number; readonly trustedAt: number }
    | undefined
  for (const name of names) {
    const number = numberOf(name)
    const read = await second.run(name, () => readEntry(vault, number, signal), signal)
    if (before !== undefined && number !== before.number + 1) {
      const gap = ledgerName(before.number + 1)
      if (read.ok && read.value.action.kind === 'rebuild')
        findings.notice(`${gap} is lost; the ledger was begun anew after it`)
      else findings.add({ object: gap, what: 'missing', detail: 'the ledger has a gap here' })
    }
    if (!read.ok) {
      findings.add({ object: name, what: 'damaged', detail: read.problem.message })
      before = before && { ...before, number }
      continue
    }
    const { epoch, trustedAt } = read.value
    if (before !== undefined && (epoch < before.epoch || trustedAt < before.trustedAt)) {
      const detail = 'its epoch or its time is before that of an entry before it'
      findings.add({ object: name, what: 'contradicts', detail })
    }
    before = { number, epoch, trustedAt }
  }
}

async function checkPoints(
  tools: RecordTools,
  state: LedgerState,
  signal: AbortSignal,
): Promise<KnownPoint[]> {
  const { vault, findings, second } = tools
  const points: KnownPoint[] = []
  for (const [id, marks] of state.points) {
    const name = objectName('point', id)
    const read = await second.run(name, () => readPoint(vault, id, signal), signal)
    if (!read.ok) {
      // It expired since the ledger was read, and a collection took its record.
      if (!(await readAgain(tools, state, signal)).points.has(id)) continue
      const what = read.problem.code === 'object.missing' ? 'missing' : 'damaged'
      findings.add({ object: name, what, detail: read.problem.message })
      continue
    }
    const point = read.value
    if (point.sequence !== marks.sequence)
      findings.add({
        object: name,
        what: 'contradicts',
        detail: 'the ledger gives it another number',
      })
    points.push({ id, point, state: pointState(point, marks) })
  }
  points.sort((a, b) => a.point.sequence - b.point.sequence)
  for (const [i, { id, point }] of points.entries()) {
    const before = points[i - 1]
    if (before === undefined) continue
    const detail = findContradiction(before, point)
    if (detail !== undefined)
      findings.add({ object: objectName('point', id), what: 'contradicts', detail })
  }
  return points
}

/** A point that was dropped, replayed or put in between breaks the chain. */
function findContradiction(before: KnownPoint, point: KnownPoint['point']): string | undefined {
  if (point.sequence === before.point.sequence) return 'another point has the same number'
  if (point.sequence === before.point.sequence + 1 && point.previous !== before.id)
    return 'it does not follow the point before it'
  if (point.trustedAt < before.point.trustedAt)
    return 'its time is before that of the point before it'
  if (point.epoch < before.point.epoch) return 'its epoch is before that of the point before it'
  return undefined
}

/** Whether there are points that the ledger must have named once. */
async function tellLostEntries(
  { vault, findings }: RecordTools,
  state: LedgerState,
  signal: AbortSignal,
): Promise<boolean> {
  const lost = await findLostEntries(vault, state, signal)
  for (const { id, problem } of lost)
    findings.add({ object: objectName('point', id), what: 'reverted', detail: `it ${problem}` })
  return lost.length > 0
}

/** Records of points that do not live: expired, or never finished. */
async function checkOthers(
  { vault, findings, second }: RecordTools,
  state: LedgerState,
  signal: AbortSignal,
): Promise<void> {
  const names: ObjectName[] = []
  for await (const { name } of vault.ports.store.list('point', signal)) names.push(name)
  for (const name of names) {
    const id = name.slice('point/'.length)
    if (state.points.has(id)) continue
    const read = await second.run(name, () => readPoint(vault, id, signal), signal)
    if (!read.ok)
      findings.notice(`${name}, which is no living point, cannot be read: ${read.problem.message}`)
  }
}

/** What is true by now, where something does not fit what was true when we began. */
async function readAgain(
  { vault, second }: RecordTools,
  before: LedgerState,
  signal: AbortSignal,
): Promise<LedgerState> {
  const read = await second.run('the ledger', () => readLedger(vault, signal), signal)
  return read.ok ? read.value : before
}
