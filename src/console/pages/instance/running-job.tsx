/** The backup that runs now, live, with a way to cancel it (D4). */
import { Button, Group, Paper, Stack, Text } from '@mantine/core'
import { type InstanceId, type Job, routes } from '#contract'
import { useLiveProgress } from '../../api/live.ts'
import { useAction, usePages } from '../../api/queries.ts'
import { JobProgress } from '../../parts/job-progress.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { usePageWords } from '../../words/language.tsx'
import { useRights } from '../instances/rights.ts'

const openStates = ['CREATED', 'QUEUED', 'RUNNING'] as const
/** The stream of events tells more often; this is for when it is away. */
const askEachMs = 10_000

export function RunningJob({ instanceId }: { readonly instanceId: InstanceId }) {
  const { items } = usePages(
    routes.jobs.list,
    { query: { instanceId, state: [...openStates], limit: 5 } },
    { everyMs: askEachMs },
  )
  return items.map((job) => <JobCard key={job.jobId} job={job} />)
}

function JobCard({ job: { jobId, progress } }: { readonly job: Job }) {
  const { jobs } = usePageWords(instanceTexts)
  const { operates } = useRights()
  const tell = useTell()
  const cancel = useAction(routes.jobs.cancel, {
    touches: [routes.jobs.list, routes.jobs.get, routes.instances.get],
  })
  const phase = (useLiveProgress(jobId) ?? progress)?.phase ?? 'waiting'
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600}>
            {jobs.running} · {jobs.phases[phase]}
          </Text>
          {operates && (
            <Button
              variant="default"
              size="compact-sm"
              loading={cancel.isPending}
              onClick={() =>
                cancel.mutate(
                  { path: { jobId } },
                  { onSuccess: () => tell.done(jobs.cancelled), onError: tell.problem },
                )
              }
            >
              {jobs.cancel}
            </Button>
          )}
        </Group>
        <JobProgress jobId={jobId} last={progress} />
      </Stack>
    </Paper>
  )
}
