/** `holdfast ls`: what a point holds. */
import type { ByteString } from '#base'
import type { Entry, Point } from '#engine'
import {
  findEntry,
  getEntry,
  ListingText,
  listEntries,
  openRows,
  PointPaths,
  type RowsRequest,
} from '#jobs'
import type { Command, Context, Given } from '../command.ts'
import { entryFields, longLine, shownName } from '../entry-words.ts'
import { warnOfGaps } from '../gap-words.ts'
import { pathNamed } from '../named-path.ts'
import { pointNamed, pointWords, type ReadableVault, readVault } from '../vault-view.ts'

const linesBytesMax = 128 * 1024

export const ls: Command = {
  name: 'ls',
  summary: 'list what a backup point holds',
  about: [
    'Lists the files of a point with the paths that they had; `-l` marks those that changed while they were read. Without a path the whole tree, depth first; with the path of a folder what stands in it, and with -R everything below. `restore` takes the same paths.',
  ],
  arguments: [
    { name: 'POINT', about: pointWords, count: 'one' },
    { name: 'PATH', about: 'a path at the source, or one within the point', count: 'optional' },
  ],
  options: [
    { flags: '-l, --long', about: 'mode, owner, size and time too' },
    { flags: '-R, --recursive', about: 'everything below PATH' },
  ],
  examples: [
    { line: 'holdfast ls latest /home/me -l', about: 'one folder' },
    { line: 'holdfast ls 4f2a91 --json | jq -r .path', about: 'every path, for scripts' },
  ],
  exits: [10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  await using view = await readVault(context, 'ls')
  const known = pointNamed(view, given.argument('POINT'))
  const { point } = known
  const wanted = given.findArgument('PATH')
  const paths = new PointPaths(point)
  const path = await pathNamed(view, known, wanted ?? '', context.signal)
  await warnOfGaps(context, { view, known }, [path])
  const isLong = given.flag('long')
  const place: Place = { context, view, point, paths, isLong }
  const recursive = wanted === undefined || given.flag('recursive')
  const isOpen = await printHead(place, path, recursive)
  if (isOpen && context.settings.json) await printEvents(place, { path, recursive })
  else if (isOpen) await printLines(place, { path, recursive })
  return 0
}

type Place = {
  readonly context: Context
  readonly view: ReadableVault
  readonly point: Point
  readonly paths: PointPaths
  readonly isLong: boolean
}

/** The entry itself, where it belongs to the listing. @returns whether it may have something below */
async function printHead(place: Place, path: ByteString, recursive: boolean): Promise<boolean> {
  const { view, point, context } = place
  const entry =
    path === ''
      ? await findEntry(view.reader, point, path, context.signal)
      : await getEntry(view.reader, point, path, context.signal)
  const isFolder = entry === undefined || entry.kind === 'directory'
  if (entry !== undefined && (recursive || !isFolder)) printEntry(place, entry)
  return isFolder
}

function printEntry({ context, paths, isLong }: Place, entry: Entry): void {
  const { output } = context
  const path = paths.sourcePath(entry)
  output.event('entry', entryFields(entry, path))
  output.line(isLong ? longLine(entry, shownName(path)) : shownName(path))
}

async function printEvents(place: Place, request: RowsRequest): Promise<void> {
  const { context, view, point } = place
  for await (const entries of listEntries(view.reader, point, request, context.signal)) {
    for (const entry of entries) printEntry(place, entry)
    if (context.output.isFull) await context.output.drain()
  }
}

async function printLines(place: Place, request: RowsRequest): Promise<void> {
  const { context, view, point, paths, isLong } = place
  const { output, signal } = context
  const text = new ListingText(paths, { isLong, zoneOffsetSec })
  const rows = await openRows(view.reader, point, request, signal)
  await output.drain()
  while (await rows.load(signal)) {
    do text.add(rows.row)
    while (rows.advance())
    if (text.length >= linesBytesMax) await output.writeOut(text.take())
  }
  await output.writeOut(text.take())
}

function zoneOffsetSec(atSec: number): number {
  return -60 * new Date(atSec * 1000).getTimezoneOffset()
}
