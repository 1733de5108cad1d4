/** How far a run is, in the room of a cell: its state, or the live share that is done. */
import { Progress as Bar, Box, Group, Text } from '@mantine/core'
import { useLiveProgress } from '../../api/live.ts'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { jobsTexts } from '../../words/jobs.ts'
import { usePageWords } from '../../words/language.tsx'
import type { Run } from './merged-runs.ts'

export function RunState({ run: { id, job } }: { readonly run: Run }) {
  const { jobs } = usePageWords(instanceTexts)
  const texts = usePageWords(jobsTexts)
  const live = useLiveProgress(id)
  const progress = live ?? job.progress
  if (job.state !== 'RUNNING' || progress === undefined) return <JobStateBadge state={job.state} />
  const percent = Math.round(progress.fraction * 100)
  return (
    <Box title={jobs.phases[progress.phase]}>
      <Group gap={6} wrap="nowrap" justify="space-between">
        <Text size="xs" truncate>
          {jobs.phases[progress.phase]}
        </Text>
        <Text size="xs" c="dimmed">
          {percent} %
        </Text>
      </Group>
      <Bar value={percent} size="sm" animated aria-label={texts.percent(percent)} />
    </Box>
  )
}
