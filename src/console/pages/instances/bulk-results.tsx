/** What a call for many did: how many, and each that was refused with why and what to do. */
import { List, Stack, Text } from '@mantine/core'
import type { InstanceId, InstanceResult } from '#contract'
import { ProblemText } from '../../parts/problem-text.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'

export function BulkResults({
  results,
  nameOf,
  leftOut = 0,
}: {
  readonly results: readonly InstanceResult[]
  readonly nameOf: (instanceId: InstanceId) => string
  /** Instances that a call had no room for. */
  readonly leftOut?: number
}) {
  const { bulk } = usePageWords(instancesTexts)
  const refused = results.filter(({ accepted }) => !accepted)
  const acceptedCount = results.length - refused.length
  return (
    <Stack gap="sm" role="status">
      {acceptedCount > 0 && <Text size="sm">{bulk.accepted(acceptedCount)}</Text>}
      {leftOut > 0 && <Text size="sm">{bulk.selectedMax(results.length)}</Text>}
      {refused.length > 0 && <Text size="sm">{bulk.refused(refused.length)}</Text>}
      <List size="sm" spacing="xs">
        {refused.map(({ instanceId, problem }) => (
          <List.Item key={instanceId} style={{ overflowWrap: 'anywhere' }}>
            <Text span fw={600} size="sm">
              {nameOf(instanceId)}
            </Text>
            : {problem !== undefined && <ProblemText problem={problem} />}
          </List.Item>
        ))}
      </List>
    </Stack>
  )
}
