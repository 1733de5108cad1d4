/** `holdfast mount`: points as a folder, to look around in with any program. */
import { failure, isFailure } from '#base'
import { PointsTree, PointTree } from '#jobs'
import { countOf } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { failureLines } from '../failure-text.ts'
import { shortId } from '../point-words.ts'
import { printable } from '../printable.ts'
import { pointNamed, pointWords, readVault } from '../vault-view.ts'

export const mount: Command = {
  name: 'mount',
  summary: 'show points as a folder, read-only',
  about: [
    'Shows one point, or all points side by side, as a folder of this machine until the command is ended with Ctrl-C or the folder is unmounted. Everything that is read is checked; what is damaged gives an input/output error and is named here. While it is mounted gc deletes nothing.',
    'It needs the program fusermount3 (package fuse3). Points that are made meanwhile appear with the next mount.',
  ],
  arguments: [
    { name: 'POINT', about: `all, or ${pointWords}`, count: 'one' },
    { name: 'DIR', about: 'an empty folder', count: 'one' },
  ],
  options: [],
  examples: [
    { line: 'holdfast mount all /mnt/points', about: 'a folder for each point, and latest' },
    { line: 'holdfast mount latest /mnt/latest', about: 'one point' },
  ],
  exits: [10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, output, signal } = context
  await using view = await readVault(context, 'mount')
  const wanted = given.argument('POINT')
  const { reader } = view
  if (wanted === 'all' && view.points.length === 0)
    throw failure('point.not-found', { point: 'to show' })
  const known = wanted === 'all' ? undefined : pointNamed(view, wanted)
  const tree =
    known === undefined ? new PointsTree(reader, view.points) : new PointTree(reader, known.point)
  const onProblem = (problem: unknown) => tellProblem(context, problem)
  const directory = given.argument('DIR')
  const mounted = await machine.mount(tree, { directory, onProblem }, signal)
  const shown = printable(mounted.directory)
  output.event('mounted', { directory: shown, point: known?.id ?? null })
  const what =
    known === undefined ? countOf(view.points.length, 'point') : `point ${shortId(known.id)}`
  output.note(`Mounted ${what} at ${shown}. Ctrl-C ends it.`)
  // Ctrl-C is how a mount ends, so it is no failure here.
  await mounted.ended
  output.event('unmounted', { directory: shown })
  return 0
}

function tellProblem({ output }: Context, problem: unknown): void {
  const text = isFailure(problem) ? failureLines(problem).join(' ') : printable(String(problem))
  output.warning(text)
}
