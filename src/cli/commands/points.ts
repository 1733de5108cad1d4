/** `holdfast points`: what can be restored. */
import { formatBytes, formatCount, formatInstant } from '../amounts.ts'
import type { Command, Context } from '../command.ts'
import { keptText, pointFields, shortId, sourcesText, tagsText } from '../point-words.ts'
import { printable } from '../printable.ts'
import { renderTable } from '../table.ts'
import { viewVault, wallClockOf } from '../vault-view.ts'

export const points: Command = {
  name: 'points',
  summary: 'list the backup points of a vault',
  about: [
    'Lists the backup points, oldest first. Every point is complete by itself. Commands take a point as the first digits of its id (four at least), as `latest`, or as tag:NAME for the newest with that tag.',
  ],
  arguments: [],
  options: [],
  examples: [
    { line: 'holdfast points --vault /mnt/backup/vault', about: 'a table' },
    {
      line: 'holdfast points --json | jq -r \'select(.event == "point") | .id\'',
      about: 'one JSON object per line, for scripts',
    },
  ],
  exits: [10, 12],
  run,
}

async function run(context: Context): Promise<number> {
  const { output } = context
  await using view = await viewVault(context)
  const wallClock = wallClockOf(context, view.state)
  for (const known of view.points) output.event('point', pointFields(known, wallClock))
  if (view.points.length === 0) output.note('There are no backup points yet.')
  else {
    const rows = view.points.map((known) => {
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
    for (const line of renderTable(columns, rows)) output.line(line)
  }
  return 0
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
