/** What a verification found, as lines and events. */
import { displayName } from '#base'
import type { VerifyReport } from '#jobs'
import { countOf, formatBytes, formatElapsed } from './amounts.ts'
import type { Context } from './command.ts'
import { shortId } from './point-words.ts'
import { pathFields, printable } from './printable.ts'

const problemsShownMax = 100
const pathsShownMax = 5

/** What was found, problem by problem. */
export function tellReport({ output, settings }: Context, report: VerifyReport): void {
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

export function tellSummary({ output }: Context, report: VerifyReport, elapsedMs: number): void {
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
  // A scrub has no key and so sees no points.
  const seen =
    entries === 0
      ? ''
      : `${countOf(points, 'point')} with ${countOf(entries, 'entry', 'entries')}, `
  output.note(
    `${verdict}: ${seen}${countOf(packs.total, 'pack')}; ${read}; ${formatElapsed(elapsedMs)}.`,
  )
}
