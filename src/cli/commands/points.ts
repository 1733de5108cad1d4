/** `holdfast points`: what can be restored. */
import { displayName } from '#base'
import type { KnownPoint } from '#engine'
import { listFailures } from '#jobs'
import { isOfSource } from '#vault'
import { formatBytes, formatCount, formatInstant } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { failureText } from '../gap-words.ts'
import { keptText, pointFields, shortId, sourcesText, tagsText } from '../point-words.ts'
import { pathFields, printable } from '../printable.ts'
import { renderTable } from '../table.ts'
import {
  pointNamed,
  pointWords,
  readVault,
  sourcePathOf,
  type VaultView,
  viewVault,
  wallClockOf,
} from '../vault-view.ts'

export const points: Command = {
  name: 'points',
  summary: 'list the backup points of a vault',
  about: [
    'Lists the backup points, oldest first. Every point is complete by itself. With a point: that one, and the files that it lacks because they could not be read, or that changed while they were.',
    'Commands take a point as the first digits of its id (four at least), as `latest`, as latest:PATH for the newest with that source, or as tag:NAME for the newest with that tag. The newest is the newest outside the trash.',
  ],
  arguments: [{ name: 'POINT', about: pointWords, count: 'optional' }],
  options: [
    { flags: '--source <path>', about: 'only points of this folder, or of one that it is in' },
    { flags: '--host <name>', about: 'only points of this machine' },
    { flags: '--tag <name>', about: 'only points with this tag', many: true },
  ],
  examples: [
    { line: 'holdfast points --vault /mnt/backup/vault', about: 'a table' },
    { line: 'holdfast points latest', about: 'the newest, and what it could not read' },
    { line: 'holdfast points --source /etc', about: 'those of one folder' },
    {
      line: 'holdfast points --json | jq -r \'select(.event == "point") | .id\'',
      about: 'one JSON object per line, for scripts',
    },
  ],
  exits: [10, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { output } = context
  const wanted = given.findArgument('POINT')
  if (wanted !== undefined) return await showOne(context, wanted)
  await using view = await viewVault(context)
  const found = view.points.filter((known) => isWanted(known, given))
  if (view.points.length === 0) output.note('There are no backup points yet.')
  else if (found.length === 0) output.note('None of the backup points is of that kind.')
  tell(context, view, found)
  return 0
}

/** With a reader, since a long list of failures lies in packs. */
async function showOne(context: Context, wanted: string): Promise<number> {
  const { output, signal } = context
  await using view = await readVault(context, 'points')
  const known = pointNamed(view, wanted)
  tell(context, view, [known])
  if (known.point.sources.length > 1)
    for (const { path, prefix } of known.point.sources)
      output.line(`  ${displayName(prefix)}/ is ${displayName(path)}`)
  for await (const failures of listFailures(view.reader, known.point, signal)) {
    for (const problem of failures) {
      const { path, reason, detail } = problem
      output.event('failure', { ...pathFields(path), reason, detail: printable(detail) })
      output.line(`  ${failureText(problem)}`)
    }
    if (output.isFull) await output.drain()
  }
  return 0
}

function isWanted(known: KnownPoint, given: Given): boolean {
  const [source, host] = [given.text('source'), given.text('host')]
  if (source !== undefined && !isOfSource(known, sourcePathOf(source))) return false
  if (host !== undefined && known.point.host !== host) return false
  return given.texts('tag').every((tag) => known.point.tags.includes(tag))
}

function tell(context: Context, view: VaultView, found: readonly KnownPoint[]): void {
  const { output } = context
  const wallClock = wallClockOf(context, view.state)
  for (const known of found) output.event('point', pointFields(known, wallClock))
  const rows = found.map((known) => {
    const { point } = known
    const { summary } = point
    return [
      shortId(known.id),
      formatInstant(point.createdAt),
      printable(point.host),
      point.status === 'complete' ? 'complete' : `partial (${formatCount(point.failureCount)})`,
      formatCount(summary.files),
      formatBytes(summary.sourceBytes),
      formatBytes(summary.storedBytes),
      keptText(known, wallClock),
      tagsText(known),
      sourcesText(known),
    ]
  })
  if (found.length > 0) for (const line of renderTable(columns, rows)) output.line(line)
}

const columns = [
  { title: 'ID' },
  { title: 'MADE' },
  { title: 'HOST' },
  { title: 'STATUS' },
  { title: 'FILES', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'ADDED', align: 'right' },
  { title: 'KEPT UNTIL' },
  { title: 'TAGS' },
  { title: 'SOURCE' },
] as const
