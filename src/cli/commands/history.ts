/** `holdfast history`: one file over all points. */
import { resolve } from 'node:path'
import { byteStringFromText, failure } from '#base'
import { type EntryVersion, historyOf } from '#jobs'
import { countOf, formatBytes, formatInstant } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { entryFields } from '../entry-words.ts'
import { shortId } from '../point-words.ts'
import { printable } from '../printable.ts'
import { renderTable } from '../table.ts'
import { readVault } from '../vault-view.ts'

export const history: Command = {
  name: 'history',
  summary: 'the versions of one file over all points',
  about: [
    'Lists the versions of a file or folder over all points, oldest first: when it changed, how, and which points have which version.',
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
  const { path, versions } = await findVersions(context, wanted)
  if (versions.length === 0) throw failure('path.not-found', { path: printable(wanted) })
  for (const version of versions) {
    const { entry, change, first, last, count } = version
    output.event('version', {
      change: wordOf(version, versions),
      metadataOnly: change === 'metadata',
      first: first.id,
      last: last.id,
      firstAt: new Date(first.point.createdAt).toISOString(),
      lastAt: new Date(last.point.createdAt).toISOString(),
      points: count,
      ...(entry === undefined ? {} : entryFields(entry, byteStringFromText(path))),
    })
  }
  const rows = versions.map((version) => {
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
  })
  for (const line of renderTable(columns, rows)) output.line(line)
  return 0
}

/** A relative path is one within the points, or else one from where the user stands. */
async function findVersions(
  context: Context,
  wanted: string,
): Promise<{ readonly path: string; readonly versions: readonly EntryVersion[] }> {
  await using view = await readVault(context, 'history')
  const { points, reader } = view
  for (const path of new Set([wanted, resolve(wanted)])) {
    const request = { points, path: byteStringFromText(path) }
    const versions = await historyOf(reader, request, context.signal)
    if (versions.length > 0) return { path, versions }
  }
  return { path: wanted, versions: [] }
}

function wordOf({ entry, change }: EntryVersion, versions: readonly EntryVersion[]): string {
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
