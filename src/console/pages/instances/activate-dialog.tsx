/** One-click activation (A1): one thing to press; the priority can be chosen, nothing has to be. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import {
  type Instance,
  type InstanceResult,
  installsPerCallMax,
  type Priority,
  routes,
} from '#contract'
import { useAction } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
import { BulkResults } from './bulk-results.tsx'
import { PriorityChoice } from './priority-choice.tsx'
import { touchedByPlans } from './touched.ts'

export function ActivateDialog({
  instances,
  onClose,
}: {
  readonly instances: readonly Instance[]
  readonly onClose: () => void
}) {
  const { activation, done } = usePageWords(instancesTexts)
  const { everywhere } = useWords()
  const tell = useTell()
  const [priority, setPriority] = useState<Priority>('low')
  const [results, setResults] = useState<readonly InstanceResult[]>()
  const action = useAction(routes.instances.activate, { touches: touchedByPlans })
  const taken = instances.slice(0, installsPerCallMax)
  const activate = () => {
    const instanceIds = taken.map(({ instanceId }) => instanceId)
    const chosen = priority === 'high' ? 'high' : 'low'
    action.mutate(
      { body: { instanceIds, priority: chosen } },
      {
        onSuccess: (answer) => {
          if (answer.results.some(({ accepted }) => !accepted)) return setResults(answer.results)
          tell.done(done.activate)
          onClose()
        },
      },
    )
  }
  return (
    <Dialog onClose={onClose} title={activation.title(instances.length)}>
      {results === undefined ? (
        <Stack>
          <Text size="sm">{activation.says}</Text>
          <PriorityChoice
            value={priority}
            onChange={setPriority}
            instanceId={instances.length === 1 ? instances[0]?.instanceId : undefined}
          />
          {action.isError && <ProblemNotice problem={action.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {everywhere.cancel}
            </Button>
            <Button onClick={activate} loading={action.isPending} data-autofocus>
              {activation.action}
            </Button>
          </Group>
        </Stack>
      ) : (
        <BulkResults
          results={results}
          nameOf={(id) => instances.find(({ instanceId }) => instanceId === id)?.name ?? ''}
          leftOut={instances.length - taken.length}
        />
      )}
    </Dialog>
  )
}
