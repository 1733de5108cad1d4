/** `holdfast browse`: what a version holds. */
import { type ByteString, displayName } from '#base'
import { type Point, pathToText, routes } from '#contract'
import { formatBytes, formatCount } from '../../amounts.ts'
import type { Given } from '../../command.ts'
import { chooseVersion, placePath, placeWords, sourcePath } from '../../remote/choose-version.ts'
import { tellList } from '../../remote/listing.ts'
import { entryFields, entryLine } from '../../remote/remote-entry.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { wireFields } from '../../remote/wire-fields.ts'

export const browse = serverCommand({
  name: 'browse',
  summary: 'the files of a backup version, folder by folder',
  about: [
    'Lists a folder as it was: mode, owner, size (of a folder: of everything below it), time and name. Without a path: the root, or the volumes where there are several.',
  ],
  arguments: [
    { name: 'VERSION', about: placeWords, count: 'one' },
    { name: 'PATH', about: 'a folder, as it was on the instance', count: 'optional' },
  ],
  options: [],
  examples: [
    { line: 'holdfast browse web-1 /etc', about: 'of the newest version' },
    {
      line: 'holdfast browse web-1@2026-11-20 /srv/www',
      about: 'as it was at the end of that day',
    },
  ],
  exits: [],
  run,
})

async function run(remote: Remote, given: Given): Promise<number> {
  const { version } = await chooseVersion(remote, given.argument('VERSION'))
  const word = given.findArgument('PATH')
  const path = sourcePath(word ?? '/')
  const placed = placePath(version, path)
  const [first] = placed
  const isVolume = first?.point.path !== path && first?.inside === ''
  const hasRoot = placed.some(({ point }) => point.path === '/')
  if (isVolume || (word === undefined && !hasRoot))
    await tellVolumes(
      remote,
      placed.map(({ point }) => point),
    )
  else if (first !== undefined) await tellFolder(remote, first.point, path)
  return 0
}

/** The path is above all volumes. */
async function tellVolumes(remote: Remote, points: readonly Point[]): Promise<void> {
  await tellList(remote, {
    event: 'point',
    items: listed(points),
    fields: (point) => wireFields(routes.points.get.answer.schema, point),
    none: 'There is no volume.',
    columns: [
      { title: 'VOLUME', show: ({ path }) => displayName(path) },
      { title: 'STATUS', show: ({ status }) => status },
      { title: 'FILES', align: 'right', show: ({ files }) => formatCount(files) },
      { title: 'SIZE', align: 'right', show: ({ sourceBytes }) => formatBytes(sourceBytes) },
    ],
  })
}

async function* listed<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

async function tellFolder(
  { api, context }: Remote,
  { vaultId, pointId }: Point,
  path: ByteString,
): Promise<void> {
  const { output } = context
  const entries = api.list(routes.points.browse, {
    path: { vaultId, pointId },
    query: { path: pathToText(path), limit: 500 },
  })
  let count = 0
  for await (const entry of entries) {
    count++
    output.event('entry', entryFields(entry))
    output.line(entryLine(entry, entry.name))
    if (output.isFull) await output.drain()
  }
  if (count === 0) output.note('The folder is empty.')
}
