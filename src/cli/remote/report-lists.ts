/** Lists of files that a job reports (D6), as lines and as CSV; and streams of a server to standard output. */
import { displayName, failure } from '#base'
import { type ReportLine, type ReportList, reportLists, routes } from '#contract'
import type { ArgumentSpec, Context, Given, OptionSpec } from '../command.ts'
import { printable } from '../printable.ts'
import { limitOf } from './listing.ts'
import { wordOf } from './option-words.ts'
import type { Remote } from './server-command.ts'
import { wireFields } from './wire-fields.ts'

export const reportArgument: ArgumentSpec = {
  name: 'LIST',
  about: `${reportLists.join(', ')}; all of them when none is named`,
  count: 'optional',
}

export const csvOption: OptionSpec = { flags: '--csv', about: 'one list as CSV' }

export function askedLists(given: Given): readonly ReportList[] {
  const word = given.findArgument('LIST')
  if (word !== undefined) return [wordOf(word, 'LIST', reportLists)]
  if (!given.flag('csv')) return reportLists
  throw failure('usage.invalid', { problem: `Say which list: ${reportLists.join(', ')}` })
}

export type Report = {
  readonly lists: readonly ReportList[]
  readonly items: (list: ReportList) => AsyncIterable<ReportLine>
  readonly csv: (list: ReportList) => Promise<AsyncIterable<Uint8Array>>
}

export async function tellReport({ context }: Remote, given: Given, report: Report): Promise<void> {
  const [first] = report.lists
  if (given.flag('csv') && first !== undefined)
    return await writeStream(context, await report.csv(first))
  const { output } = context
  const limit = limitOf(given)
  let total = 0
  for (const list of report.lists) {
    let count = 0
    for await (const line of report.items(list)) {
      if (count === limit) {
        output.notice(`There are more ${list} files; --limit all shows all of them.`)
        break
      }
      count++
      output.event('report-line', { list, ...wireFields(lineSchema, line) })
      output.line(`${list}: ${displayName(line.path)}${whyWords(line)}`)
      if (output.isFull) await output.drain()
    }
    total += count
  }
  if (total === 0) output.note('No file is in these lists: all is as it should be.')
}

const lineSchema = routes.jobs.report.answer.item

function whyWords({ reason, detail }: ReportLine): string {
  return detail === '' ? ` (${reason})` : ` (${reason}: ${printable(detail)})`
}

/** As it comes, to standard output. */
export async function writeStream(
  { output }: Context,
  stream: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const piece of stream) await output.writeOut(piece)
}
