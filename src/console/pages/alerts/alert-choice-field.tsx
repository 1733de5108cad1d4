/** The choice of who is told of the alerts of a machine or a vault (H4). */
import { Checkbox, Select, Stack, Text } from '@mantine/core'
import type { AlertSetting } from '#contract'
import { alertChoiceTexts } from '../../words/alert-choice.ts'
import { usePageWords } from '../../words/language.tsx'
import { type AlertChoice, isWhole, useChannels } from './alert-choice.ts'
import { useChannelName } from './channel-name.ts'

export function AlertChoiceField({
  value,
  settings,
  about,
  onChange,
}: {
  readonly value: AlertChoice
  /** What can be chosen. */
  readonly settings: readonly AlertSetting[]
  readonly about: string
  readonly onChange: (value: AlertChoice) => void
}) {
  const texts = usePageWords(alertChoiceTexts)
  return (
    <Stack gap="sm">
      <Select
        label={texts.who}
        description={`${about} ${texts.inbox}`.trim()}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data={settings.map((setting) => ({ value: setting, label: texts.settings[setting] }))}
        value={value.alertSetting}
        onChange={(next) => {
          const alertSetting = settings.find((setting) => setting === next)
          if (alertSetting !== undefined) onChange({ ...value, alertSetting })
        }}
        allowDeselect={false}
      />
      {value.alertSetting === 'custom' && <ChannelBoxes value={value} onChange={onChange} />}
    </Stack>
  )
}

function ChannelBoxes({
  value,
  onChange,
}: {
  readonly value: AlertChoice
  readonly onChange: (value: AlertChoice) => void
}) {
  const { channels: label, none, needsOne } = usePageWords(alertChoiceTexts)
  const nameOf = useChannelName()
  const channels = useChannels()
  if (channels.length === 0) return <Text size="sm">{none}</Text>
  const choose = (ids: readonly string[]) => {
    const chosen = channels.filter(({ channelId }) => ids.includes(channelId))
    onChange({ ...value, alertChannelIds: chosen.map(({ channelId }) => channelId) })
  }
  return (
    <Checkbox.Group
      label={label}
      value={[...value.alertChannelIds]}
      onChange={choose}
      {...(isWhole(value) ? {} : { error: needsOne })}
    >
      <Stack gap={6} mt={4}>
        {channels.map(({ channelId, name }) => (
          <Checkbox
            key={channelId}
            value={channelId}
            label={<span dir="auto">{nameOf(name)}</span>}
            style={{ overflowWrap: 'anywhere' }}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
