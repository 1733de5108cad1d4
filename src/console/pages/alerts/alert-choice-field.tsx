/** The choice of who is told of the alerts of a machine or a vault (H4). */
import { Checkbox, Select, Stack, Text } from '@mantine/core'
import type { AlertSetting } from '#contract'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { alertChoiceTexts } from '../../words/alert-choice.ts'
import { usePageWords } from '../../words/language.tsx'
import { type AlertChoice, chosenAmong, useChannels } from './alert-choice.ts'
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
  const { channels: label, none, needsOne, turnedOff, allOff } = usePageWords(alertChoiceTexts)
  const nameOf = useChannelName()
  const list = useChannels()
  if (list.isPending) return <Loading />
  if (list.isError) return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  const channels = list.items
  if (channels.length === 0) return <Text size="sm">{none}</Text>
  const chosen = chosenAmong(channels, value)
  const choose = (ids: readonly string[]) => {
    const next = channels.filter(({ channelId }) => ids.includes(channelId))
    onChange({ ...value, alertChannelIds: next.map(({ channelId }) => channelId) })
  }
  return (
    <Checkbox.Group
      label={label}
      value={chosen.map(({ channelId }) => channelId)}
      onChange={choose}
      {...(chosen.length > 0 ? {} : { error: needsOne })}
    >
      <Stack gap={6} mt={4}>
        {channels.map(({ channelId, name, enabled }) => (
          <Checkbox
            key={channelId}
            value={channelId}
            label={<span dir="auto">{enabled ? nameOf(name) : turnedOff(nameOf(name))}</span>}
            style={{ overflowWrap: 'anywhere' }}
          />
        ))}
        {chosen.length > 0 && chosen.every(({ enabled }) => !enabled) && (
          <Text size="sm" c="orange">
            {allOff}
          </Text>
        )}
      </Stack>
    </Checkbox.Group>
  )
}
