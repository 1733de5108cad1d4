/** A priority, and whether a daily backup fits into a day with it, told before it is chosen (D7). */
import { Radio, Stack, Text } from '@mantine/core'
import { type InstanceId, type Priority, priorities, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { formatDuration } from '../../parts/formats.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'

const choices = ['low', 'high'] as const

export function PriorityChoice({
  value,
  onChange,
  instanceId,
}: {
  readonly value: Priority
  readonly onChange: (priority: Priority) => void
  /** Undefined: for many, each of which has its own forecast. */
  readonly instanceId: InstanceId | undefined
}) {
  const texts = usePageWords(instancesTexts)
  return (
    <Radio.Group
      label={texts.activation.priority}
      value={value}
      onChange={(next) => onChange(priorities.find((one) => one === next) ?? value)}
    >
      <Stack gap="sm" mt="xs">
        {choices.map((one) => (
          <Radio
            key={one}
            value={one}
            label={texts.priorities[one]}
            description={texts.priorityAbout[one]}
          />
        ))}
        {value === 'custom' && <Radio value="custom" label={texts.priorities.custom} />}
      </Stack>
      {instanceId !== undefined && <Forecast instanceId={instanceId} priority={value} />}
    </Radio.Group>
  )
}

function Forecast({
  instanceId,
  priority,
}: {
  readonly instanceId: InstanceId
  readonly priority: Priority
}) {
  const { activation, priorities: names } = usePageWords(instancesTexts)
  const { locale } = useLanguage()
  const { data } = useCall(routes.instances.forecastWindow, { path: { instanceId } })
  const line = data?.byPriority.find((one) => one.priority === priority)
  if (data === undefined || line === undefined || data.sourceBytes === 0) return null
  const time = formatDuration(line.expectedMs, locale)
  const { advised } = data
  return (
    <Text size="sm" mt="sm" c={line.fits ? 'dimmed' : 'orange'} aria-live="polite">
      {line.fits ? activation.fits(time) : activation.tooSlow(time)}{' '}
      {!line.fits && advised !== undefined && activation.advised(names[advised])}
    </Text>
  )
}
