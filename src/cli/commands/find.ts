/** `holdfast find`: where a file is, over all points at once. */
import { byteStringFromText } from '#base'
import { type FoundEntry, findEntries } from '#jobs'
import { countOf } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { entryFields, inconsistentMark, longLine, shownName } from '../entry-words.ts'
import { shortId } from '../point-words.ts'
import { pointNamed, readVault } from '../vault-view.ts'

export const find: Command = {
  name: 'find',
  summary: 'find files by pattern in all points',
  about: [
    'Searches all points at once and lists each version of a file once, with the points that have it. Patterns are those of --exclude: without a separator the name anywhere (`*.odt`, `report*`), with separators the path, each `*` one level.',
  ],
  arguments: [{ name: 'PATTERN', about: 'such as *.odt or /home/*/notes.txt', count: 'one' }],
  options: [
    { flags: '--point <point>', about: 'searches only this point', many: true },
    { flags: '-l, --long', about: 'mode, owner, size and time too' },
  ],
  examples: [
    { line: "holdfast find 'report*.odt'", about: 'every version, and where it is' },
    { line: "holdfast find '*.key' --point latest -l", about: 'in one point' },
  ],
  exits: [10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { output, signal } = context
  await using view = await readVault(context, 'find')
  const named = given.texts('point').map((wanted) => pointNamed(view, wanted))
  const points = named.length === 0 ? view.points : named
  const pattern = byteStringFromText(given.argument('PATTERN'))
  const isLong = given.flag('long')
  let count = 0
  for await (const batch of findEntries(view.reader, { points, pattern }, signal)) {
    for (const found of batch) print(context, found, isLong)
    count += batch.length
    if (output.isFull) await output.drain()
  }
  output.event('summary', { found: count, points: points.length })
  const partial = points.filter(({ point }) => point.failureCount > 0).length
  if (partial > 0)
    output.notice(
      `${countOf(partial, 'point')} of these lack${partial === 1 ? 's' : ''} files that could not be read; \`holdfast points POINT\` lists them.`,
    )
  if (count === 0) output.notice(`Nothing found in ${countOf(points.length, 'point')}.`)
  return 0
}

function print({ output }: Context, found: FoundEntry, isLong: boolean): void {
  const { entry, path, points } = found
  if (output.settings.json) {
    output.event('found', { ...entryFields(entry, path), points: points.map(({ id }) => id) })
    return
  }
  const [first, last] = [points.at(0), points.at(-1)]
  if (first === undefined || last === undefined) return
  const range =
    points.length === 1
      ? shortId(first.id)
      : `${shortId(first.id)}…${shortId(last.id)}, ${countOf(points.length, 'point')}`
  const shown = shownName(path)
  const name = entry.inconsistent ? `${shown}${inconsistentMark}` : shown
  output.line(`${isLong ? longLine(entry, shown) : name}  (${range})`)
}
