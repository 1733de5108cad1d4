/** `holdfast channels …`: who is told of alerts, besides the inbox. */
import { failure } from '#base'
import { alertKinds, type Channel, routes, webhookForms } from '#contract'
import type { ArgumentSpec, CommandGroup, Given } from '../../command.ts'
import { getFile } from '../../files.ts'
import { printable } from '../../printable.ts'
import { mustConfirm, yesOption } from '../../remote/confirm-text.ts'
import { findChannel } from '../../remote/find-named.ts'
import { tellList } from '../../remote/listing.ts'
import { oneOf, someOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { shownTime, yesNo } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'
import { readInputLine } from '../../terminal.ts'
import { choose } from './channels-choose.ts'

const channelArgument: ArgumentSpec = { name: 'CHANNEL', about: 'its name or id', count: 'one' }

const list = serverCommand({
  name: 'list',
  summary: 'list the channels',
  about: ['Lists where alerts go besides the inbox, and whether the last message arrived.'],
  arguments: [],
  options: [],
  examples: [{ line: 'holdfast channels', about: 'does anybody hear of it?' }],
  exits: [],
  run: runList,
})

const add = serverCommand({
  name: 'add',
  summary: 'make a channel: e-mail or webhook',
  about: ['Makes a channel. Give --to for e-mail, or --webhook. `channels test` tries it.'],
  arguments: [{ name: 'NAME', about: 'what to call it', count: 'one' }],
  options: [
    { flags: '--to <address>', about: 'an e-mail address', many: true },
    { flags: '--webhook <address>', about: 'an https address that messages are posted to' },
    { flags: '--form <form>', about: 'of the webhook (default json)', choices: webhookForms },
    { flags: '--secret-file <file>', about: 'signs messages of a webhook (- for input)' },
    {
      flags: '--kind <kind>',
      about: `only such (default all): ${alertKinds.join(', ')}`,
      many: true,
    },
  ],
  examples: [
    { line: 'holdfast channels add night --to oncall@example.com', about: 'e-mail' },
    {
      line: 'holdfast channels add chat --webhook https://hooks.example.com/x --form slack',
      about: 'a webhook',
    },
  ],
  exits: [],
  run: runAdd,
})

const test = serverCommand({
  name: 'test',
  summary: 'send a test alert',
  about: ['Sends a test alert now and says what became of it.'],
  arguments: [channelArgument],
  options: [],
  examples: [{ line: 'holdfast channels test night', about: 'exit code 4: it did not arrive' }],
  exits: [4],
  run: runTest,
})

const enable = serverCommand({
  name: 'enable',
  summary: 'send alerts to a channel again',
  about: ['Turns a channel on.'],
  arguments: [channelArgument],
  options: [],
  examples: [{ line: 'holdfast channels enable night', about: 'from now on' }],
  exits: [],
  run: (remote, given) => setEnabled(remote, given, 'on'),
})

const disable = serverCommand({
  name: 'disable',
  summary: 'send no alerts to a channel for a while',
  about: ['Turns a channel off; the inbox goes on.'],
  arguments: [channelArgument],
  options: [],
  examples: [{ line: 'holdfast channels disable night', about: 'until `channels enable`' }],
  exits: [],
  run: (remote, given) => setEnabled(remote, given, 'off'),
})

const remove = serverCommand({
  name: 'remove',
  summary: 'delete a channel',
  about: ['Deletes a channel; the inbox goes on.'],
  arguments: [channelArgument],
  options: [yesOption],
  examples: [{ line: 'holdfast channels remove night', about: 'asks first' }],
  exits: [],
  run: runRemove,
})

export const channels: CommandGroup = serverGroup({
  name: 'channels',
  summary: 'who is told of alerts: list, add, test, choose, remove',
  about: ['E-mail addresses and webhooks that alerts go to.'],
  commands: [list, add, test, choose, enable, disable, remove],
})

const channelSchema = routes.channels.list.answer.item

async function runList(remote: Remote): Promise<number> {
  await tellList(remote, {
    event: 'channel',
    items: remote.api.list(routes.channels.list, {}),
    fields: (channel) => wireFields(channelSchema, channel),
    none: 'There is no channel: alerts go to the inbox only.',
    columns: [
      { title: 'NAME', show: ({ name }) => printable(name) },
      { title: 'TO', show: targetWords },
      { title: 'ON', show: ({ enabled }) => yesNo(enabled) },
      { title: 'LAST', show: ({ lastDeliveryAt }) => shownTime(lastDeliveryAt) },
      { title: 'TROUBLE', show: ({ lastProblem }) => printable(lastProblem ?? '') },
      { title: 'KINDS', show: ({ kinds }) => kindWords(kinds) },
      { title: 'ID', show: ({ channelId }) => channelId },
    ],
  })
  return 0
}

function targetWords({ target }: Channel): string {
  return printable(
    target.kind === 'email' ? target.to.join(', ') : `${target.address} (${target.form})`,
  )
}

function kindWords(kinds: Channel['kinds']): string {
  return kinds.length === alertKinds.length ? 'all' : kinds.join(',')
}

async function runAdd({ api, context }: Remote, given: Given): Promise<number> {
  const kinds = someOf(given, 'kind', alertKinds)
  const secret = await readSecret(context, given.text('secretFile'))
  const channel = await api.call(routes.channels.create, {
    body: {
      name: given.argument('NAME'),
      target: targetOf(given),
      ...(kinds.length === 0 ? {} : { kinds }),
      ...(secret === undefined ? {} : { secret }),
    },
  })
  context.output.event('channel', wireFields(channelSchema, channel))
  context.output.note(
    `Made ${printable(channel.name)}. Try it: holdfast channels test ${channel.channelId}`,
  )
  return 0
}

function targetOf(given: Given) {
  const to = given.texts('to')
  const address = given.text('webhook')
  if ((address === undefined) === (to.length === 0))
    throw failure('usage.invalid', { problem: 'Give --to or --webhook, one of them' })
  if (address === undefined) return { kind: 'email', to } as const
  return { kind: 'webhook', address, form: oneOf(given, 'form', webhookForms) ?? 'json' } as const
}

async function readSecret(
  context: Remote['context'],
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined
  const text = path === '-' ? await readInputLine(context) : (await getFile(path)).toString('utf8')
  return text.replace(/\r?\n[\s\S]*$/, '')
}

async function runTest({ api, context }: Remote, given: Given): Promise<number> {
  const { channelId, name } = await findChannel(api, given.argument('CHANNEL'))
  const found = await api.call(routes.channels.test, { path: { channelId } })
  context.output.event('delivery', wireFields(routes.channels.test.answer.schema, found))
  const said = found.delivered ? 'The test arrived' : 'The test did not arrive'
  context.output.line(`${said} (${printable(name)}). ${printable(found.problem ?? '')}`.trimEnd())
  return found.delivered ? 0 : 4
}

async function setEnabled(
  { api, context }: Remote,
  given: Given,
  state: 'on' | 'off',
): Promise<number> {
  const { channelId } = await findChannel(api, given.argument('CHANNEL'))
  const body = { enabled: state === 'on' }
  const channel = await api.call(routes.channels.update, { path: { channelId }, body })
  context.output.event('channel', wireFields(channelSchema, channel))
  context.output.note(`${printable(channel.name)} is ${state}.`)
  return 0
}

async function runRemove({ api, context }: Remote, given: Given): Promise<number> {
  const { channelId, name } = await findChannel(api, given.argument('CHANNEL'))
  await mustConfirm(context, given, `Nobody will be told by ${printable(name)} any more. Go on?`)
  await api.call(routes.channels.remove, { path: { channelId } })
  context.output.event('removed', { channelId })
  context.output.note(`Removed ${printable(name)}.`)
  return 0
}
