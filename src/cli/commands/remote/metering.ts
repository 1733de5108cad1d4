/** `holdfast metering …`: what is counted, and what it costs. */
import { type Bill, routes } from '#contract'
import { moneyText } from '#engine'
import { formatBytes } from '../../amounts.ts'
import type { CommandGroup, Given, OptionSpec } from '../../command.ts'
import { printable } from '../../printable.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { tellList } from '../../remote/listing.ts'
import { numberOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { wireFields } from '../../remote/wire-fields.ts'
import { renderTable } from '../../table.ts'

const dayMs = 86_400_000
const daysUsual = 30

const spanOptions: readonly OptionSpec[] = [
  { flags: '--from <day>', about: `as 2026-11-01 (default: ${daysUsual} days ago)` },
  { flags: '--until <day>', about: 'that day included (default: today)' },
]

const days = serverCommand({
  name: 'days',
  summary: 'metered capacity per day',
  about: ['Shows the metered capacity of each day. `holdfast metering` alone does the same.'],
  arguments: [],
  options: spanOptions,
  examples: [{ line: 'holdfast metering --from 2026-11-01', about: 'of this month' }],
  exits: [],
  run: runDays,
})

const bill = serverCommand({
  name: 'bill',
  summary: 'what the days of a time cost',
  about: ['Shows a bill and its parts: what was used, what of it was free or prepaid, the rest.'],
  arguments: [],
  options: spanOptions,
  examples: [
    { line: 'holdfast metering bill --from 2026-11-01 --until 2026-11-30', about: 'a month' },
  ],
  exits: [],
  run: runBill,
})

const estimate = serverCommand({
  name: 'estimate',
  summary: 'what the account would cost with further instances',
  about: ['Shows the bill as it would be with these instances too, before any is activated.'],
  arguments: [{ name: 'INSTANCE', about: 'instances that would be activated', count: 'any' }],
  options: [{ flags: '--days <n>', about: `for how long (default ${daysUsual})` }],
  examples: [{ line: 'holdfast metering estimate web-1 db-1', about: 'for a month' }],
  exits: [],
  run: runEstimate,
})

export const metering: CommandGroup = serverGroup({
  name: 'metering',
  summary: 'what is counted and what it costs: days, bill, estimate',
  about: ['Metered capacity of the account.'],
  commands: [days, bill, estimate],
})

function spanOf({ context }: Remote, given: Given) {
  const now = context.machine.clock.now().wallMs
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  return {
    from: given.text('from') ?? day(now - daysUsual * dayMs),
    until: given.text('until') ?? day(now),
  }
}

async function runDays(remote: Remote, given: Given): Promise<number> {
  await tellList(remote, {
    event: 'metered-day',
    items: remote.api.list(routes.metering.days, { query: spanOf(remote, given) }),
    fields: (one) => wireFields(routes.metering.days.answer.item, one),
    none: 'Nothing was metered on these days.',
    columns: [
      { title: 'DAY', show: ({ date }) => date },
      {
        title: 'CAPACITY',
        align: 'right',
        show: ({ capacityBytes }) => formatBytes(capacityBytes),
      },
      { title: 'FREE', align: 'right', show: ({ freeUsedBytes }) => formatBytes(freeUsedBytes) },
      {
        title: 'BILLABLE',
        align: 'right',
        show: ({ billableBytes }) => formatBytes(billableBytes),
      },
      { title: 'INSTANCES', align: 'right', show: ({ instances }) => String(instances.length) },
    ],
  })
  return 0
}

async function runBill(remote: Remote, given: Given): Promise<number> {
  const query = spanOf(remote, given)
  tellBill(remote, await remote.api.call(routes.metering.bill, { query }))
  return 0
}

async function runEstimate(remote: Remote, given: Given): Promise<number> {
  const { api } = remote
  const instanceId: string[] = []
  for (const word of given.arguments('INSTANCE'))
    instanceId.push((await findInstance(api, word, 'living')).instanceId)
  const count = given.text('days')
  const query = {
    instanceId,
    ...(count === undefined ? {} : { days: numberOf(count, '--days', 1) }),
  }
  tellBill(remote, await api.call(routes.metering.estimate, { query }))
  return 0
}

function tellBill({ context }: Remote, found: Bill): void {
  const { output } = context
  output.event('bill', wireFields(routes.metering.bill.answer.schema, found))
  const columns = [
    { title: 'ITEM' },
    { title: 'USED', align: 'right' },
    { title: 'FREE', align: 'right' },
    { title: 'PREPAID', align: 'right' },
    { title: 'CHARGED', align: 'right' },
    { title: `AMOUNT ${printable(found.currency)}`, align: 'right' },
  ] as const
  const rows = found.parts.map(({ item, used, free, prepaid, charged, amount }) => [
    item,
    String(used),
    String(free),
    String(prepaid),
    String(charged),
    moneyText(amount),
  ])
  if (rows.length > 0) for (const line of renderTable(columns, rows)) output.line(line)
  output.line(`${found.days} days: ${moneyText(found.total)} ${printable(found.currency)}`)
}
