/** `holdfast verify`: is everything there that the points need, and is it what it was? */
import { failure } from '#base'
import {
  performScrub,
  performVerify,
  type ReadShare,
  readEverything,
  type VerifyReport,
  verifyFailure,
} from '#jobs'
import type { Command, Context, Given } from '../command.ts'
import { findVault, holderOf, type OpenedVault, openChosenVault } from '../open-vault.ts'
import { ProgressBar } from '../progress-bar.ts'
import { readCursor, writeCursor } from '../verify-cursor.ts'
import { tellReport, tellSummary } from '../verify-words.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'check that everything is there and is what it was',
  about: [
    'Checks the records, the index and the trees of all points: whether everything is there that they need. With --read-data every byte of every pack is read, opened and checked as well. It changes nothing. What it finds is listed with the points and files that are affected.',
    'For large vaults --share reads a part at a time; each run goes on where the one before ended, so that 30 runs of 1/30 read every byte.',
  ],
  arguments: [],
  options: [
    { flags: '--read-data', about: 'reads and checks every byte' },
    { flags: '--share <n/m>', about: 'reads only this part, such as 1/30, and goes on next time' },
    { flags: '--restart', about: 'with --share: begins at the beginning again' },
    { flags: '--scrub', about: 'only the hashes of stored objects, for which no key is needed' },
  ],
  examples: [
    { line: 'holdfast verify', about: 'quick; do it often' },
    { line: 'holdfast verify --read-data', about: 'everything' },
    { line: 'holdfast verify --share 1/30', about: 'from cron, every day of a month' },
  ],
  exits: [10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, signal } = context
  const share = readShare(given)
  if (given.flag('scrub')) return await scrub(context, { given, share })
  await using opened = await openChosenVault(context)
  const readData = await chooseData(context, { given, opened, share })
  await using checker = await machine.openBlocks(opened.vault)
  using progress = new ProgressBar(context)
  const report = await performVerify(
    { vault: opened.vault, opener: checker.opener, reporter: progress },
    { holder: holderOf(context, 'verify'), readData },
    signal,
  )
  progress[Symbol.dispose]()
  if (share !== undefined) await writeCursor(machine, opened.config.vaultId, report.packs.cursor)
  return conclude(context, report, progress.elapsedMs)
}

/** Whoever keeps the storage can do this, without a key and without seeing anything. */
async function scrub(
  context: Context,
  facts: { readonly given: Given; readonly share: number | undefined },
): Promise<number> {
  const { machine, signal } = context
  const { given, share } = facts
  await using found = await findVault(context)
  const { folder, cipher } = found
  const { vaultId } = found.config
  const begins = share === undefined || given.flag('restart')
  const cursor = begins ? undefined : await readCursor(machine, vaultId)
  await using _ = await folder.leases.acquire('reader', holderOf(context, 'verify'), signal)
  using progress = new ProgressBar(context)
  const digest = async (bytes: Uint8Array) => cipher.digest(bytes)
  const ports = { store: folder.store, digest, reporter: progress }
  const report = await performScrub(ports, { cursor, share: share ?? 1 }, signal)
  progress[Symbol.dispose]()
  if (share !== undefined) await writeCursor(machine, vaultId, report.packs.cursor)
  return conclude(context, report, progress.elapsedMs)
}

function conclude(context: Context, report: VerifyReport, elapsedMs: number): number {
  tellReport(context, report)
  tellSummary(context, report, elapsedMs)
  const problem = verifyFailure(report)
  if (problem === undefined) return 0
  context.output.failure(problem)
  return problem.entry.exit
}

async function chooseData(
  { machine }: Context,
  facts: {
    readonly given: Given
    readonly opened: OpenedVault
    readonly share: number | undefined
  },
): Promise<ReadShare | undefined> {
  const { given, opened, share } = facts
  if (share === undefined) return given.flag('readData') ? readEverything : undefined
  const cursor = given.flag('restart')
    ? undefined
    : await readCursor(machine, opened.config.vaultId)
  return { cursor, share }
}

/** `1/30` or `5%`. */
function readShare(given: Given): number | undefined {
  const text = given.text('share')
  if (text === undefined) return undefined
  const parts = /^(\d{1,6})\/(\d{1,6})$/.exec(text)
  const percent = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text)
  const share =
    parts !== null ? Number(parts[1]) / Number(parts[2]) : Number(percent?.[1] ?? Number.NaN) / 100
  if (share > 0 && share <= 1) return share
  throw failure('usage.invalid', { problem: '--share takes a part such as 1/30 or 5%' })
}
