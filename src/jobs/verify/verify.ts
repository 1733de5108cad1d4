/**
 * Verification: is everything there that the points need, and is it what it was when it was stored? Three depths, each
 * finding what the one before cannot: records and trees (always), every byte of every pack, and the hashes of objects,
 * which need no key. It changes nothing; what to do about a finding is a repair's business.
 */
import { checkAborted, type Failure, failure } from '#base'
import type { BlockOpener, Reporter } from '#ports'
import { ChunkReader, type InspectedIndex, inspectIndex, type PackFacts, type Vault } from '#vault'
import { checkBlocks, inNameOrder } from './check-blocks.ts'
import { type CheckedRecords, checkRecords } from './check-records.ts'
import { TreeCheck } from './check-trees.ts'
import { Findings, type PackCoverage, type VerifyReport } from './findings.ts'
import { Losses } from './losses.ts'
import { type ReadShare, takeShare } from './pack-share.ts'
import { SecondAttempt } from './second-attempt.ts'
import { tellLosses } from './tell-losses.ts'

export type VerifyPorts = {
  readonly vault: Vault
  readonly opener: BlockOpener
  readonly reporter: Reporter
}

export type VerifyRequest = {
  /** Who holds the reader's lease. */
  readonly holder: string
  /** Reads packs as a whole; undefined: only what records and trees need. */
  readonly readData: ReadShare | undefined
}

export const readEverything: ReadShare = { cursor: undefined, share: 1 }

export async function performVerify(
  ports: VerifyPorts,
  request: VerifyRequest,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const { leases } = ports.vault.ports
  // While somebody reads, no pack is deleted, so what is missing is missing.
  await using _ = await leases.acquire('reader', request.holder, signal)
  return (await examine(ports, request, signal)).report
}

/** The error that a verification with problems ends in. */
export function verifyFailure({ problems, omitted }: VerifyReport): Failure | undefined {
  const count = problems.length + omitted
  return count === 0 ? undefined : failure('verify.failed', { count })
}

export type Examination = {
  readonly report: VerifyReport
  readonly records: CheckedRecords
  readonly inspected: InspectedIndex
  readonly losses: Losses
}

/** The work itself, with what a repair needs to know beyond the report. The caller holds a lease. */
export async function examine(
  ports: VerifyPorts,
  request: VerifyRequest,
  signal: AbortSignal,
): Promise<Examination> {
  const { vault } = ports
  const findings = new Findings()
  const second = new SecondAttempt(vault.ports.store, findings)
  const records = await checkRecords({ vault, findings, second }, signal)
  const inspected = await inspectIndex(vault, records.state, signal)
  const losses = new Losses(inspected.index)
  const parts = { ports, findings, second, records, inspected, losses }
  await noteSizes(parts, signal)
  const { entries, packs } = await readAll(parts, request, signal)
  await tellLosses(parts, signal)
  const { problems, omitted, transient, notices } = findings
  const points = records.points.length
  const report = { problems, omitted, transient, notices, points, entries, packs }
  return { report, records, inspected, losses }
}

type Parts = {
  readonly ports: VerifyPorts
  readonly findings: Findings
  readonly second: SecondAttempt
  readonly records: CheckedRecords
  readonly inspected: InspectedIndex
  readonly losses: Losses
}

/** Packs that are longer or shorter than the index says: what lies beyond the end is lost. */
async function noteSizes({ ports, records, losses }: Parts, signal: AbortSignal): Promise<void> {
  const { index } = losses
  for (const pack of index.packs) {
    if (index.stateOf(pack) !== 'quarantined' || records.state.quarantined.has(pack.name)) continue
    const bytes = await ports.vault.ports.store.stat(pack.name, signal)
    if (bytes === undefined || bytes === pack.bytes) continue
    losses.addPack(pack.name, `it has ${bytes} bytes, not ${pack.bytes}`)
    for (let number = pack.firstBlock; number < pack.firstBlock + pack.blockCount; number++) {
      const { offset, storedBytes } = index.block(number)
      if (offset + storedBytes > bytes) losses.addBlock(number, 'the pack ends before it')
    }
  }
}

/** The trees are walked here while other threads check the packs. */
async function readAll(
  { ports, findings, second, records, losses }: Parts,
  request: VerifyRequest,
  signal: AbortSignal,
): Promise<{ readonly entries: number; readonly packs: PackCoverage }> {
  const { vault, opener, reporter } = ports
  const { index } = losses
  const there = inNameOrder(index.packs.filter((pack) => index.stateOf(pack) !== 'missing'))
  const { taken, cursor } =
    request.readData === undefined
      ? { taken: [], cursor: undefined }
      : takeShare(there, request.readData)
  const trees = new TreeCheck({ reader: new ChunkReader(vault, index), findings, second, losses })
  const readBytes = sumOf(taken)
  let done = 0
  const report = (): void =>
    reporter.progress({
      phase: 'verify',
      filesDone: trees.entries,
      filesTotal: undefined,
      bytesDone: done,
      bytesTotal: readBytes,
      storedBytes: done,
      path: undefined,
    })
  const onBytes = (bytes: number): void => {
    done += bytes
    report()
  }
  await both(
    checkBlocks({ vault, opener, findings, second, losses, onBytes }, taken, signal),
    async () => {
      for (const { point } of records.points) {
        checkAborted(signal)
        await trees.checkPoint(point, signal)
        report()
      }
    },
  )
  const packs = {
    total: there.length,
    totalBytes: sumOf(there),
    read: taken.length,
    readBytes,
    cursor,
  }
  return { entries: trees.entries, packs }
}

/** Neither is left alone when the other fails. */
async function both(first: Promise<void>, second: () => Promise<void>): Promise<void> {
  for (const outcome of await Promise.allSettled([first, second()]))
    if (outcome.status === 'rejected') throw outcome.reason
}

function sumOf(packs: readonly PackFacts[]): number {
  return packs.reduce((sum, { bytes }) => sum + bytes, 0)
}
