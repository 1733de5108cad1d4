/** `holdfast history`: one file over all points. */
import { resolve } from 'node:path'
import { type ByteString, byteStringFromText, failure } from '#base'
import { entryKey } from '#engine'
import { type EntryVersion, findEntry, historyOf, PointPaths } from '#jobs'
import { countOf, formatBytes, formatInstant } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { entryFields } from '../entry-words.ts'
import { shortId } from '../point-words.ts'
import { printable } from '../printable.ts'
import { renderTable } from '../table.ts'
import { type ReadableVault, readVault } from '../vault-view.ts'

export const history: Command = {
  name: 'history',
  summary: 'the versions of one file over all points',
  about: [
    'Lists the versions of a file or folder over all points, oldest first: when it changed, how, and which points have which version. Points of other sources do not count; `not read` means that it could not be read then, and may have been there.',
  ],
  arguments: [
    { name: 'PATH', about: 'a path at the source, or one within the points', count: 'one' },
  ],
  options: [],
  examples: [{ line: 'holdfast history /etc/fstab', about: 'every version of a file' }],
  exits: [10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { output } = context
  const wanted = given.argument('PATH')
  const { path, histories } = await findHistories(context, wanted)
  if (histories.length === 0)
    throw failure('path.not-found', { path: printable(wanted), point: 'any backup point' })
  for (const { host, versions } of histories)
    for (const version of versions) tellEvent(output, { host, path, version, versions })
  const rows = histories.flatMap(({ host, versions }) =>
    versions.map((version) => {
      const row = rowOf(version, versions)
      return histories.length === 1 ? row : [...row, printable(host)]
    }),
  )
  const titles = histories.length === 1 ? columns : [...columns, { title: 'HOST' }]
  for (const line of renderTable(titles, rows)) output.line(line)
  return 0
}

function tellEvent(
  output: Context['output'],
  facts: {
    readonly host: string
    readonly path: ByteString
    readonly version: EntryVersion
    readonly versions: readonly EntryVersion[]
  },
): void {
  const { host, path, version, versions } = facts
  const { entry, change, first, last, count } = version
  output.event('version', {
    change: wordOf(version, versions),
    metadataOnly: change === 'metadata',
    host,
    first: first.id,
    last: last.id,
    firstAt: new Date(first.point.createdAt).toISOString(),
    lastAt: new Date(last.point.createdAt).toISOString(),
    points: count,
    ...(entry === undefined ? {} : entryFields(entry, path)),
  })
}

function rowOf(version: EntryVersion, versions: readonly EntryVersion[]): string[] {
  const { entry, first, last, count } = version
  const changed =
    entry === undefined ? '' : formatInstant(entry.mtimeSec * 1000 + entry.mtimeNsec / 1e6)
  return [
    formatInstant(first.point.createdAt),
    wordOf(version, versions),
    changed,
    entry === undefined ? '' : entry.kind === 'file' ? formatBytes(entry.size) : entry.kind,
    count === 1 ? shortId(first.id) : `${shortId(first.id)}…${shortId(last.id)}`,
    countOf(count, 'point'),
  ]
}

type Histories = {
  /** At the source. */
  readonly path: ByteString
  /** One for each machine that has it: they have nothing to do with one another. */
  readonly histories: readonly {
    readonly host: string
    readonly versions: readonly EntryVersion[]
  }[]
}

async function findHistories(context: Context, wanted: string): Promise<Histories> {
  await using view = await readVault(context, 'history')
  const path = await pathAtSource(view, wanted, context.signal)
  const histories = []
  for (const host of new Set(view.points.map(({ point }) => point.host))) {
    const points = view.points.filter(({ point }) => point.host === host)
    const versions = await historyOf(view.reader, { points, path }, context.signal)
    if (versions.length > 0) histories.push({ host, versions })
  }
  return { path, histories }
}

/** A relative path is one within the newest point that has it, or else one from where the user stands. */
async function pathAtSource(
  { points, reader }: ReadableVault,
  wanted: string,
  signal: AbortSignal,
): Promise<ByteString> {
  const path = byteStringFromText(wanted)
  if (wanted.startsWith('/')) return path
  for (const { point } of points.toReversed()) {
    const paths = new PointPaths(point)
    const inside = paths.pointPath(path)
    if ((await findEntry(reader, point, inside, signal)) !== undefined)
      return paths.sourcePath(entryKey(inside))
  }
  return byteStringFromText(resolve(wanted))
}

function wordOf(
  { entry, change, isUnread }: EntryVersion,
  versions: readonly EntryVersion[],
): string {
  if (isUnread) return 'not read'
  if (entry === undefined) return 'absent'
  if (change === 'metadata') return 'attributes'
  if (change === 'modified') return 'changed'
  return versions[0]?.entry === entry ? 'first seen' : 'back again'
}

const columns = [
  { title: 'FROM POINT OF' },
  { title: 'WHAT' },
  { title: 'MODIFIED' },
  { title: 'SIZE', align: 'right' },
  { title: 'POINTS' },
  { title: 'COUNT' },
] as const
