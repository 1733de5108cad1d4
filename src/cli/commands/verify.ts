/** `holdfast verify`: is everything there that the points need, and is it what it was? */
import { displayName, failure } from '#base'
import {
  performVerify,
  type ReadShare,
  readEverything,
  type VerifyReport,
  verifyFailure,
} from '#jobs'
import { countOf, formatBytes, formatElapsed } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { holderOf, type OpenedVault, openChosenVault } from '../open-vault.ts'
import { shortId } from '../point-words.ts'
import { pathFields, printable } from '../printable.ts'
import { ProgressBar } from '../progress-bar.ts'
import { readCursor, writeCursor } from '../verify-cursor.ts'

const problemsShownMax = 100
const pathsShownMax = 5

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
  const { machine, output, signal } = context
  const share = readShare(given)
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
  tellReport(context, report)
  const problem = verifyFailure(report)
  tellSummary(context, report, progress.elapsedMs)
  if (problem === undefined) return 0
  output.failure(problem)
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

function tellReport({ output, settings }: Context, report: VerifyReport): void {
  for (const fault of report.transient)
    output.warning(`A fault that a second attempt did not show: ${printable(fault)}`)
  for (const text of report.notices) output.notice(printable(text))
  for (const problem of report.problems) {
    output.event('problem', {
      object: problem.object,
      what: problem.what,
      detail: problem.detail,
      affected: problem.affected.map(({ point, files, paths, unnamed }) => ({
        point,
        files,
        unnamed,
        paths: paths.map((path) => pathFields(path)),
      })),
    })
  }
  if (settings.json) return
  for (const problem of report.problems.slice(0, problemsShownMax)) tellProblem(output, problem)
  const rest = report.problems.length - problemsShownMax + report.omitted
  if (rest > 0) output.line(`… and ${countOf(rest, 'further problem')}; --json lists more`)
}

function tellProblem(
  output: Context['output'],
  { object, what, detail, affected }: VerifyReport['problems'][number],
): void {
  output.line(`${what}: ${printable(object)} (${printable(detail)})`)
  for (const { point, files, paths, unnamed } of affected) {
    const lost = unnamed > 0 ? ` and ${unnamed} that cannot be named` : ''
    output.line(`  point ${shortId(point)}: ${countOf(files, 'file')}${lost}`)
    for (const path of paths.slice(0, pathsShownMax)) output.line(`    ${displayName(path)}`)
  }
}

function tellSummary({ output }: Context, report: VerifyReport, elapsedMs: number): void {
  const { points, entries, packs, problems, omitted, transient } = report
  output.event('summary', {
    points,
    entries,
    packs: { ...packs, cursor: packs.cursor ?? null },
    problems: problems.length + omitted,
    transient: transient.length,
    elapsedMs,
  })
  const read =
    packs.read === 0
      ? 'no content was read (--read-data does)'
      : `${formatBytes(packs.readBytes)} of ${formatBytes(packs.totalBytes)} read and checked`
  const verdict = problems.length === 0 ? 'No problems' : 'Problems found'
  output.note(
    `${verdict}: ${countOf(points, 'point')} with ${countOf(entries, 'entry', 'entries')}, ${countOf(packs.total, 'pack')}; ${read}; ${formatElapsed(elapsedMs)}.`,
  )
}
