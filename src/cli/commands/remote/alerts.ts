/** `holdfast alerts …`: what went wrong. */
import { failure } from '#base'
import { alertKinds, alertLevels, ids, routes } from '#contract'
import type { CommandGroup, Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { spanOf } from '../../remote/job-tables.ts'
import { limitOf, limitOption, tellList } from '../../remote/listing.ts'
import { oneOf, someOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const list = serverCommand({
  name: 'list',
  summary: 'the inbox of alerts, newest first',
  about: [
    'Lists alerts. A star marks those that nobody has read. `holdfast alerts` does the same.',
  ],
  arguments: [],
  options: [
    { flags: '--unread', about: 'only those that nobody has read' },
    { flags: '--level <level>', about: 'only such', choices: alertLevels },
    { flags: '--kind <kind>', about: alertKinds.join(', '), many: true },
    { flags: '--instance <instance>', about: 'only of this one' },
    { flags: '--since <when>', about: 'raised since a day, a time, or so long ago (7d)' },
    { flags: '--until <when>', about: 'raised until then' },
    limitOption,
  ],
  examples: [{ line: 'holdfast alerts --unread --level critical', about: 'what to look at first' }],
  exits: [],
  run: runList,
})

const read = serverCommand({
  name: 'read',
  summary: 'mark alerts as read',
  about: ['Marks alerts as read, by their ids, or all of them.'],
  arguments: [{ name: 'ALERT', about: 'ids from the list', count: 'any' }],
  options: [{ flags: '--all', about: 'all that nobody has read' }],
  examples: [{ line: 'holdfast alerts read --all', about: 'an empty inbox' }],
  exits: [],
  run: runRead,
})

export const alerts: CommandGroup = serverGroup({
  name: 'alerts',
  summary: 'what went wrong: list, mark as read',
  about: ['Alerts of the account.'],
  commands: [list, read],
})

async function runList(remote: Remote, given: Given): Promise<number> {
  const { api, names, context } = remote
  const level = oneOf(given, 'level', alertLevels)
  const instance = given.text('instance')
  const query = {
    limit: 100,
    kind: someOf(given, 'kind', alertKinds),
    ...spanOf(given, context.machine.clock.now().wallMs),
    ...(level === undefined ? {} : { level }),
    ...(given.flag('unread') ? { unread: true } : {}),
    ...(instance === undefined
      ? {}
      : { instanceId: (await findInstance(api, instance)).instanceId }),
  }
  await tellList(remote, {
    event: 'alert',
    items: api.list(routes.alerts.list, { query }),
    fields: (alert) => wireFields(routes.alerts.list.answer.item, alert),
    none: 'There is no alert to show.',
    limit: limitOf(given),
    learn: (all) => names.learnInstances(all.map(({ instanceId }) => instanceId)),
    columns: [
      { title: '', show: ({ readAt }) => (readAt === undefined ? '*' : '') },
      { title: 'SINCE', show: ({ at }) => shownTime(at) },
      { title: 'LAST', show: ({ lastAt }) => shownTime(lastAt) },
      { title: 'OVER', show: ({ endedAt }) => shownTime(endedAt) },
      { title: 'LEVEL', show: (alert) => alert.level },
      { title: 'INSTANCE', show: ({ instanceId }) => names.instance(instanceId) },
      { title: 'ID', show: ({ alertId }) => alertId },
      { title: 'WHAT', show: ({ title }) => printable(title) },
    ],
  })
  return 0
}

async function runRead({ api, context }: Remote, given: Given): Promise<number> {
  const words = given.arguments('ALERT')
  if (words.length === 0 && !given.flag('all'))
    throw failure('usage.invalid', { problem: 'Name alerts, or give --all' })
  const alertIds: string[] = [...words]
  for (const word of words)
    if (!ids.alert.safeParse(word).success)
      throw failure('name.unknown', { kind: 'alert', name: printable(word), near: '' })
  if (given.flag('all'))
    for await (const { alertId } of api.list(routes.alerts.list, { query: { unread: true } }))
      alertIds.push(alertId)
  for (const alertId of alertIds) await api.call(routes.alerts.markRead, { path: { alertId } })
  context.output.event('read', { alertIds })
  context.output.note(`Marked ${alertIds.length} as read.`)
  return 0
}
