/** The running status of an instance in a word; on hover what it means, since when, and what to do (lesson 3). */
import { Badge, HoverCard, Stack, Text } from '@mantine/core'
import type { Instance, RunningStatus } from '#contract'
import { Instant } from '../../parts/formats.tsx'
import { ProblemLines } from '../../parts/problem-text.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'

const colors: Readonly<Record<RunningStatus, string>> = {
  NOT_ACTIVATED: 'gray',
  PREPARING: 'blue',
  PREPARATION_FAILED: 'red',
  READY: 'blue',
  RUNNING: 'teal',
  BACKING_UP: 'blue',
  PAUSED: 'yellow',
  STOPPED: 'gray',
}

/** Out of reach although backups should be made: the running status alone would look healthy. */
export function isLost({ client, runningStatus }: Instance): boolean {
  const shouldAnswer = runningStatus === 'RUNNING' || runningStatus === 'READY'
  return shouldAnswer && (client.status === 'UNKNOWN' || client.status === 'STOPPED')
}

export function StatusBadge({ instance }: { readonly instance: Instance }) {
  const texts = usePageWords(instancesTexts)
  const isAway = isLost(instance)
  const { name, means, todo } = isAway ? texts.lost : texts.statuses[instance.runningStatus]
  const { client } = instance
  return (
    <HoverCard width={300} openDelay={200} withArrow>
      <HoverCard.Target>
        <Badge
          component="button"
          type="button"
          variant="light"
          color={isAway ? 'orange' : colors[instance.runningStatus]}
          tt="none"
          style={{ cursor: 'help' }}
        >
          {name}
        </Badge>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <Stack gap={4} style={{ whiteSpace: 'normal' }}>
          <Text size="sm">{means}</Text>
          {client.problem !== undefined && <ProblemLines problem={client.problem} c="red" />}
          {client.problem === undefined && (
            <Text size="sm" fw={600}>
              {todo}
            </Text>
          )}
          {client.lastSeenAt !== undefined && (
            <Text size="xs" c="dimmed">
              {texts.lastHeard}: <Instant at={client.lastSeenAt} />
            </Text>
          )}
        </Stack>
      </HoverCard.Dropdown>
    </HoverCard>
  )
}
