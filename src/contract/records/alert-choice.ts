/** Who hears of the alerts of a machine or of a vault (H4). The inbox gets every one, whatever is chosen. */
import { z } from 'zod'
import { type AlertSetting, alertSettings } from '../enums/alerts.ts'
import { type ChannelId, ids } from '../ids.ts'

const channelsMax = 100

export const alertChoice = {
  /** `inherit`: as its vault has it, and for a vault as the account; `custom`: these channels and no others. */
  alertSetting: z.enum(alertSettings),
  alertChannelIds: z.array(ids.channel).max(channelsMax),
} as const

export const alertChoiceChange = {
  alertSetting: alertChoice.alertSetting.optional(),
  /** With `custom`, and only then. */
  alertChannelIds: z.array(ids.channel).min(1).max(channelsMax).optional(),
} as const

type AlertChoiceChange = {
  readonly alertSetting?: AlertSetting | undefined
  readonly alertChannelIds?: readonly ChannelId[] | undefined
}

/** Without channels `custom` would be silence that looks like a choice. */
export function namesChannels({ alertSetting, alertChannelIds }: AlertChoiceChange): boolean {
  return (alertSetting === 'custom') === (alertChannelIds !== undefined)
}
