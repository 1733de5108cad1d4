/** `holdfast search` and `holdfast file-history`: one file in many versions. */
import { displayName } from '#base'
import { entryKinds, type FileVersion, pathToText, routes } from '#contract'
import { parseBytes } from '../../amounts.ts'
import type { Given } from '../../command.ts'
import { chooseVersion, placeWords, sourcePath } from '../../remote/choose-version.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { oneInstance } from '../../remote/instance-argument.ts'
import { limitOf, limitOption, tellList } from '../../remote/listing.ts'
import { oneOf } from '../../remote/option-words.ts'
import { entryFields, entryLine } from '../../remote/remote-entry.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { shownTime } from '../../remote/status-words.ts'
import { isoOf, parseWhen } from '../../remote/when.ts'
import { wireFields } from '../../remote/wire-fields.ts'

export const search = serverCommand({
  name: 'search',
  summary: 'find files by pattern in the versions of an instance',
  about: [
    'Looks through all versions of an instance, also of one that is gone; each state of a file is shown once, with the newest version that has it. With INSTANCE@2026-11-20 or a version: in that one only. Patterns are those of policies: `*.txt` at any depth, `/etc/*/hosts` from the root, `**` for any folders.',
  ],
  arguments: [
    { name: 'VERSION', about: `an instance (all its versions), or ${placeWords}`, count: 'one' },
    { name: 'PATTERN', about: 'in quotes, so that the shell leaves it alone', count: 'one' },
  ],
  options: [
    { flags: '--newest', about: 'only in the newest version' },
    { flags: '--kind <kind>', about: 'only such', choices: entryKinds },
    { flags: '--larger <size>', about: 'of at least that size (10M)' },
    { flags: '--smaller <size>', about: 'of at most that size' },
    { flags: '--changed-since <when>', about: 'changed since a day, a time, or so long ago (7d)' },
    { flags: '--changed-until <when>', about: 'changed until then' },
    limitOption,
  ],
  examples: [
    { line: "holdfast search web-1 '*.sql.gz' --larger 1G", about: 'in all versions' },
    { line: "holdfast search web-1@2026-11-20 '/etc/**/*.conf'", about: 'as it was then' },
  ],
  exits: [],
  run: runSearch,
})

async function runSearch(remote: Remote, given: Given): Promise<number> {
  const { context } = remote
  const word = given.argument('VERSION')
  const nowMs = context.machine.clock.now().wallMs
  const time = (option: string, what: string, side: 'start' | 'end') => {
    const text = given.text(option)
    return text === undefined ? undefined : isoOf(parseWhen(text, { what, nowMs, side }))
  }
  const [larger, smaller] = [given.text('larger'), given.text('smaller')]
  const kind = oneOf(given, 'kind', entryKinds)
  const from = time('changedSince', '--changed-since', 'start')
  const until = time('changedUntil', '--changed-until', 'end')
  const query: SearchQuery = {
    pattern: given.argument('PATTERN'),
    limit: 200,
    ...(kind === undefined ? {} : { kind }),
    ...(larger === undefined ? {} : { sizeMin: parseBytes(larger, '--larger') }),
    ...(smaller === undefined ? {} : { sizeMax: parseBytes(smaller, '--smaller') }),
    ...(from === undefined ? {} : { modifiedFrom: from }),
    ...(until === undefined ? {} : { modifiedUntil: until }),
  }
  const isOne = given.flag('newest') || word.includes('@') || word.startsWith('ver-')
  return isOne
    ? await searchVersion(remote, given, query)
    : await searchInstance(remote, given, query)
}

type SearchQuery = {
  readonly pattern: string
  readonly limit: number
  readonly kind?: (typeof entryKinds)[number]
  readonly sizeMin?: number
  readonly sizeMax?: number
  readonly modifiedFrom?: string
  readonly modifiedUntil?: string
}

async function searchInstance(remote: Remote, given: Given, query: SearchQuery): Promise<number> {
  const { api, context } = remote
  const { output } = context
  const { instanceId } = await findInstance(api, given.argument('VERSION'))
  const found = api.list(routes.points.searchInstance, { path: { instanceId }, query })
  const limit = limitOf(given)
  let count = 0
  for await (const one of found) {
    if (count++ === limit) return tellMore(remote)
    output.event('found', wireFields(routes.points.searchInstance.answer.item, one))
    output.line(`${shownTime(one.createdAt)}  ${entryLine(one.entry, one.entry.path)}`)
    if (output.isFull) await output.drain()
  }
  if (count === 0) output.note('Nothing fits in any version.')
  return 0
}

async function searchVersion(remote: Remote, given: Given, query: SearchQuery): Promise<number> {
  const { api, context } = remote
  const { output } = context
  const { version } = await chooseVersion(remote, given.argument('VERSION'))
  const limit = limitOf(given)
  let count = 0
  for (const { vaultId, pointId, status } of version.points) {
    if (status === 'failed') continue
    const path = { vaultId, pointId }
    for await (const entry of api.list(routes.points.search, { path, query })) {
      if (count++ === limit) return tellMore(remote)
      output.event('entry', entryFields(entry))
      output.line(entryLine(entry, entry.path))
      if (output.isFull) await output.drain()
    }
  }
  if (count === 0) output.note('Nothing fits in this version.')
  return 0
}

function tellMore({ context }: Remote): number {
  context.output.notice('There are more; --limit N shows N of them, --limit all all of them.')
  return 0
}

export const fileHistory = serverCommand({
  name: 'file-history',
  summary: 'what became of one file over the versions of an instance',
  about: [
    'Shows each state of a path with the first and the last version that has it, newest first; also when it was not there, and when it could not be read and so may have been there.',
  ],
  arguments: [oneInstance, { name: 'PATH', about: 'as it was on the instance', count: 'one' }],
  options: [limitOption],
  examples: [{ line: 'holdfast file-history web-1 /etc/hosts', about: 'when did it change' }],
  exits: [],
  run: runHistory,
})

async function runHistory(remote: Remote, given: Given): Promise<number> {
  const { api } = remote
  const { instanceId } = await findInstance(api, given.argument('INSTANCE'))
  const path = sourcePath(given.argument('PATH'))
  const query = { path: pathToText(path), limit: 200 }
  await tellList(remote, {
    event: 'file-version',
    items: api.list(routes.points.fileHistory, { path: { instanceId }, query }),
    fields: (state) => wireFields(routes.points.fileHistory.answer.item, state),
    none: `No version knows ${displayName(path)}.`,
    limit: limitOf(given),
    columns: [
      { title: 'FROM', show: ({ firstAt }) => shownTime(firstAt) },
      { title: 'TO', show: ({ lastAt }) => shownTime(lastAt) },
      { title: 'VERSIONS', align: 'right', show: ({ pointCount }) => String(pointCount) },
      { title: 'STATE', show: stateWords },
    ],
  })
  return 0
}

function stateWords({ entry, unread }: FileVersion): string {
  if (entry !== undefined) return entryLine(entry, entry.name)
  return unread ? 'not read: it may have been there' : 'not there'
}
