/** `holdfast overview`: how much is protected, at a glance. */
import { routes } from '#contract'
import { formatBytes, formatCount } from '../../amounts.ts'
import type { Given } from '../../command.ts'
import { tellFacts } from '../../remote/listing.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { wireFields } from '../../remote/wire-fields.ts'
import { renderTable } from '../../table.ts'

export const overview = serverCommand({
  name: 'overview',
  summary: 'how many machines are backed up, and how many are not',
  about: [
    'Counts instances with at least one version, gone ones included, and existing instances without one; and the capacity that is used and paid for.',
  ],
  arguments: [],
  options: [{ flags: '--region <region>', about: 'only of this region' }],
  examples: [{ line: 'holdfast overview', about: 'is anything unprotected?' }],
  exits: [],
  run,
})

async function run({ api, context }: Remote, given: Given): Promise<number> {
  const { output } = context
  const regionId = given.text('region')
  const query = regionId === undefined ? {} : { regionId }
  const found = await api.call(routes.overview.get, { query })
  output.event('overview', wireFields(routes.overview.get.answer.schema, found))
  tellFacts(output, [
    ['backed up', formatCount(found.backedUp)],
    ['not backed up', formatCount(found.unBackedUp)],
    ['capacity', formatBytes(found.capacityBytes)],
    ['free, used', formatBytes(found.freeUsedBytes)],
    ['free, left', formatBytes(found.freeRemainingBytes)],
    ['billable', formatBytes(found.billableBytes)],
  ])
  const columns = [
    { title: 'REGION' },
    { title: 'BACKED UP', align: 'right' },
    { title: 'NOT', align: 'right' },
    { title: 'CAPACITY', align: 'right' },
  ] as const
  const rows = found.regions.map((region) => [
    region.regionId,
    formatCount(region.backedUp),
    formatCount(region.unBackedUp),
    formatBytes(region.capacityBytes),
  ])
  if (rows.length > 1) for (const line of renderTable(columns, rows)) output.line(line)
  return 0
}
