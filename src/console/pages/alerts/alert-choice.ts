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

/** For the body of a change; undefined: it is the same as before, or not whole yet. */
export function changeOf(before: AlertChoice, now: AlertChoice) {
  if (isSame(before, now) || !isWhole(now)) return undefined
  const { alertSetting, alertChannelIds } = now
  return alertSetting === 'custom' ? { alertSetting, alertChannelIds } : { alertSetting }
}

export function isWhole({ alertSetting, alertChannelIds }: AlertChoice): boolean {
  return alertSetting !== 'custom' || alertChannelIds.length > 0
}

function isSame(one: AlertChoice, other: AlertChoice): boolean {
  if (one.alertSetting !== other.alertSetting) return false
  if (one.alertSetting !== 'custom') return true
  const [ids, others] = [new Set(one.alertChannelIds), new Set(other.alertChannelIds)]
  return ids.size === others.size && [...ids].every((id) => others.has(id))
}

export function useChannels(): readonly Channel[] {
  return usePages(routes.channels.list, { query: { limit: 200 } }).items
}

/** "Only night and chat". */
export function useChoiceWords(): (choice: AlertChoice) => string {
  const { settings, only } = usePageWords(alertChoiceTexts)
  const { locale } = useLanguage()
  const channels = useChannels()
  const nameOf = useChannelName()
  return ({ alertSetting, alertChannelIds }) => {
    const known = channels.filter(({ channelId }) => alertChannelIds.includes(channelId))
    if (alertSetting !== 'custom' || known.length === 0) return settings[alertSetting]
    return only(new Intl.ListFormat(locale).format(known.map(({ name }) => nameOf(name))))
  }
}
