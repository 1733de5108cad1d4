/** `holdfast channels choose`: who is told of the alerts of a machine or a vault (H4). */
import { failure } from '#base'
import { type ApiClient, alertSettings, type CallInput, type Channel, routes } from '#contract'
import type { Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { findChannel, findVault } from '../../remote/find-named.ts'
import { wordOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { wireFields } from '../../remote/wire-fields.ts'

export const choose = serverCommand({
  name: 'choose',
  summary: 'choose who is told of the alerts of an instance or a vault',
  about: [
    'Says who hears of alerts of one instance, or of all in a vault for which nothing else was chosen: inherit (an instance, as its vault), account (every channel), custom (those of --channel and no others), off (nobody). The inbox gets all of them, whatever is chosen.',
  ],
  arguments: [{ name: 'SETTING', about: alertSettings.join(', '), count: 'one' }],
  options: [
    { flags: '--instance <instance>', about: 'its name, host name or id' },
    { flags: '--vault <vault>', about: 'its name or id' },
    { flags: '--channel <channel>', about: 'for custom: the name or id of one', many: true },
  ],
  examples: [
    {
      line: 'holdfast channels choose custom --instance web-1 --channel night',
      about: 'only by this channel',
    },
    { line: 'holdfast channels choose off --vault test', about: 'to the inbox alone' },
  ],
  exits: [],
  run: runChoose,
})

type Choice = Pick<
  CallInput<typeof routes.vaults.update>['body'],
  'alertSetting' | 'alertChannelIds'
>

async function runChoose({ api, context }: Remote, given: Given): Promise<number> {
  const [instance, vault] = [given.text('instance'), given.text('vault')]
  if ((instance === undefined) === (vault === undefined))
    throw failure('usage.invalid', { problem: 'Give --instance or --vault, one of them' })
  const body = await choiceOf(api, given)
  if (instance !== undefined) {
    const { instanceId } = await findInstance(api, instance)
    const changed = await api.call(routes.instances.update, { path: { instanceId }, body })
    context.output.event('instance', wireFields(routes.instances.get.answer.schema, changed))
    context.output.note(`Chosen for ${printable(changed.name)}.`)
    return 0
  }
  const { vaultId } = await findVault(api, vault ?? '')
  const changed = await api.call(routes.vaults.update, { path: { vaultId }, body })
  context.output.event('vault', wireFields(routes.vaults.get.answer.schema, changed))
  context.output.note(`Chosen for ${printable(changed.name)}.`)
  return 0
}

async function choiceOf(api: ApiClient, given: Given): Promise<Choice> {
  const alertSetting = wordOf(given.argument('SETTING'), 'SETTING', alertSettings)
  const words = given.texts('channel')
  if ((alertSetting === 'custom') !== words.length > 0)
    throw failure('usage.invalid', { problem: 'Give --channel with custom, and only with it' })
  if (words.length === 0) return { alertSetting }
  const channels: Channel[] = []
  for (const word of words) channels.push(await findChannel(api, word))
  return { alertSetting, alertChannelIds: channels.map(({ channelId }) => channelId) }
}
