/** One channel: where it leads, what goes through it, what became of the last message, and a test with its answer. */
import { Alert, Badge, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { IconMail, IconWebhook } from '@tabler/icons-react'
import { alertKinds, type Channel, routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { Instant } from '../../parts/formats.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { SaidText } from '../../parts/problem-text.tsx'
import { alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'
import { useChannelName } from './channel-name.ts'

export function ChannelCard({
  channel,
  mayChange,
  onEdit,
  onRemove,
}: {
  readonly channel: Channel
  readonly mayChange: boolean
  readonly onEdit: () => void
  readonly onRemove: () => void
}) {
  const { channels: texts } = usePageWords(alertsTexts)
  const { channelId, enabled } = channel
  const name = useChannelName()(channel.name)
  const test = useAction(routes.channels.test, { touches: [routes.channels.list] })
  const button = { size: 'compact-sm', variant: 'default' } as const
  return (
    <Paper withBorder p="md" component="section" aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Group gap="xs" wrap="nowrap" miw={0}>
            <Text fw={600} truncate dir="auto" title={name}>
              {name}
            </Text>
            {!enabled && (
              <Badge variant="light" color="gray" tt="none">
                {texts.off}
              </Badge>
            )}
          </Group>
          {mayChange && (
            <Group gap="xs">
              <Button
                {...button}
                aria-label={texts.testOf(name)}
                loading={test.isPending}
                onClick={() => test.mutate({ path: { channelId } })}
              >
                {texts.test}
              </Button>
              <Button {...button} aria-label={texts.editOf(name)} onClick={onEdit}>
                {texts.edit}
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                aria-label={texts.removeOf(name)}
                onClick={onRemove}
              >
                {texts.remove}
              </Button>
            </Group>
          )}
        </Group>
        <Target channel={channel} />
        <LastMessage channel={channel} />
        {test.isError && <ProblemNotice problem={test.error} />}
        {test.data !== undefined && <TestResult result={test.data} />}
      </Stack>
    </Paper>
  )
}

function Target({ channel: { target, kinds, signed } }: { readonly channel: Channel }) {
  const texts = usePageWords(alertsTexts)
  const { channels } = texts
  const isAll = kinds.length === alertKinds.length
  const names = kinds.map((kind) => texts.kinds[kind]).join(', ')
  const where = target.kind === 'email' ? target.to.join(', ') : target.address
  return (
    <>
      <Group gap={8} wrap="nowrap">
        {target.kind === 'email' ? (
          <IconMail size={16} role="img" aria-label={channels.mail} />
        ) : (
          <IconWebhook size={16} role="img" aria-label={channels.webhook} />
        )}
        <Text size="sm" truncate dir="auto" title={where}>
          {where === '' ? channels.noAddress : where}
        </Text>
        {target.kind === 'webhook' && (
          <Text size="xs" c="dimmed" style={{ flexShrink: 0 }}>
            {channels.forms[target.form]}
            {signed && ` · ${channels.signed}`}
          </Text>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {isAll ? channels.allKinds : channels.someKinds(kinds.length, names)}
      </Text>
    </>
  )
}

function LastMessage({ channel: { lastDeliveryAt, lastProblem } }: { readonly channel: Channel }) {
  const { channels: texts } = usePageWords(alertsTexts)
  if (lastProblem !== undefined)
    return (
      <Text size="sm" c="red" style={{ overflowWrap: 'anywhere' }}>
        {texts.failed} <SaidText text={lastProblem} />
      </Text>
    )
  return (
    <Text size="xs" c="dimmed">
      {lastDeliveryAt === undefined ? (
        texts.nothingSent
      ) : (
        <>
          {texts.lastSent}: <Instant at={lastDeliveryAt} />
        </>
      )}
    </Text>
  )
}

type Result = { readonly delivered: boolean; readonly problem?: string | undefined }

function TestResult({ result: { delivered, problem } }: { readonly result: Result }) {
  const { channels: texts } = usePageWords(alertsTexts)
  return (
    <Alert
      color={delivered ? 'teal' : 'red'}
      variant="light"
      p="sm"
      role="status"
      title={delivered ? texts.testDone : texts.testFailed}
    >
      {problem !== undefined && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <SaidText text={problem} />
        </Text>
      )}
    </Alert>
  )
}
