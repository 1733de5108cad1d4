/** `holdfast ls`: what a point holds. */
import { byteStringFromText } from '#base'
import type { Entry, KnownPoint, Point } from '#engine'
import { findEntry, getEntry, listEntries, PointPaths } from '#jobs'
import type { Command, Context, Given } from '../command.ts'
import { entryFields, longLine, ShownPaths } from '../entry-words.ts'
import { pointNamed, type ReadableVault, readVault } from '../vault-view.ts'

export const ls: Command = {
  name: 'ls',
  summary: 'list what a backup point holds',
  about: [
    'Lists the files of a point with the paths that they had. Without a path the whole tree, depth first; with the path of a folder what stands in it, and with -R everything below. `restore` takes the same paths.',
  ],
  arguments: [
    { name: 'POINT', about: 'id, first digits of it, latest or tag:NAME', count: 'one' },
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
  const wanted = given.findArgument('PATH')
  const isLong = given.flag('long')
  const paths = new PointPaths(known.point)
  const printer = new EntryPrinter(context, paths, isLong)
  const recursive = wanted === undefined || given.flag('recursive')
  const path = paths.pointPath(byteStringFromText(wanted ?? ''))
  await print({ context, view, known }, { path, recursive }, printer)
  return 0
}

type Place = {
  readonly context: Context
  readonly view: ReadableVault
  readonly known: KnownPoint
}

async function print(
  { context, view, known }: Place,
  request: Parameters<typeof listEntries>[2],
  printer: EntryPrinter,
): Promise<void> {
  const { output, signal } = context
  const { reader } = view
  const { point } = known
  if (request.path !== '') {
    const entry = await getEntry(reader, point, request.path, signal)
    if (entry.kind !== 'directory') return printer.print(entry)
    if (request.recursive) printer.print(entry)
  } else await printRoot(context, view, { point, printer })
  for await (const entries of listEntries(reader, point, request, signal)) {
    for (const entry of entries) printer.print(entry)
    if (output.isFull) await output.drain()
  }
}

/** A single folder as the source is the root of its point, and a line like every other. */
async function printRoot(
  { signal }: Context,
  { reader }: ReadableVault,
  { point, printer }: { readonly point: Point; readonly printer: EntryPrinter },
): Promise<void> {
  const root = await findEntry(reader, point, byteStringFromText(''), signal)
  if (root !== undefined) printer.print(root)
}

class EntryPrinter {
  readonly #output: Context['output']
  readonly #paths: PointPaths
  readonly #shown: ShownPaths
  readonly #isLong: boolean

  constructor({ output }: Context, paths: PointPaths, isLong: boolean) {
    this.#output = output
    this.#paths = paths
    this.#shown = new ShownPaths(paths)
    this.#isLong = isLong
  }

  print(entry: Entry): void {
    if (this.#output.settings.json) {
      this.#output.event('entry', entryFields(entry, this.#paths.sourcePath(entry)))
      return
    }
    const path = this.#shown.of(entry)
    this.#output.line(this.#isLong ? longLine(entry, path) : path)
  }
}
