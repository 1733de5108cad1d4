/** Who is told of the alerts of a machine or a vault (H4), as it is and as it is being chosen. */
import { type AlertSetting, type Channel, type ChannelId, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { alertChoiceTexts } from '../../words/alert-choice.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { useChannelName } from './channel-name.ts'

export type AlertChoice = {
  readonly alertSetting: AlertSetting
  readonly alertChannelIds: readonly ChannelId[]
}

export function useChannels() {
  return usePages(routes.channels.list, { query: { limit: 200 } })
}

/** Without channels that were removed meanwhile: nobody can be told by them. */
export function chosenAmong(
  channels: readonly Channel[],
  { alertChannelIds }: Pick<AlertChoice, 'alertChannelIds'>,
): readonly Channel[] {
  return channels.filter(({ channelId }) => alertChannelIds.includes(channelId))
}

/** For the body of a change; undefined: nothing is to be changed, or the choice is not whole yet. */
export function changeOf(before: AlertChoice, now: AlertChoice, channels: readonly Channel[]) {
  if (isSame(before, now) || !isWhole(before, now, channels)) return undefined
  const { alertSetting } = now
  const alertChannelIds = chosenAmong(channels, now).map(({ channelId }) => channelId)
  return alertSetting === 'custom' ? { alertSetting, alertChannelIds } : { alertSetting }
}

/** What stays as it is needs nothing, whatever became of its channels. */
export function isWhole(
  before: AlertChoice,
  now: AlertChoice,
  channels: readonly Channel[],
): boolean {
  if (now.alertSetting !== 'custom' || isSame(before, now)) return true
  return chosenAmong(channels, now).length > 0
}

function isSame(one: AlertChoice, other: AlertChoice): boolean {
  if (one.alertSetting !== other.alertSetting) return false
  if (one.alertSetting !== 'custom') return true
  const [ids, others] = [new Set(one.alertChannelIds), new Set(other.alertChannelIds)]
  return ids.size === others.size && [...ids].every((id) => others.has(id))
}

/** "Only night and chat". */
export function useChoiceWords(): (choice: AlertChoice) => string {
  const { settings, only, gone } = usePageWords(alertChoiceTexts)
  const { locale } = useLanguage()
  const { items, isPending } = useChannels()
  const nameOf = useChannelName()
  return (choice) => {
    if (choice.alertSetting !== 'custom' || isPending) return settings[choice.alertSetting]
    const chosen = chosenAmong(items, choice)
    if (chosen.length === 0) return gone
    return only(new Intl.ListFormat(locale).format(chosen.map(({ name }) => nameOf(name))))
  }
}
