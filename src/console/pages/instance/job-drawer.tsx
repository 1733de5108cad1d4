/** One backup job: how it ended and why, its totals, and every file that is not as it should be (D6). */
import { Alert, Anchor, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type Job, type JobId, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { SidePanel } from '../../parts/dialog.tsx'
import { Bytes, Count, formatInstant } from '../../parts/formats.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { ProblemLines, SaidText } from '../../parts/problem-text.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { Report } from '../jobs/report.tsx'
import { RunningJob } from './running-job.tsx'

export function JobDrawer({
  jobId,
  onClose,
}: {
  readonly jobId: JobId
  readonly onClose: () => void
}) {
  const { jobs } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  const job = useCall(routes.jobs.get, { path: { jobId } })
  const at = job.data?.startedAt ?? job.data?.dueAt
  return (
    <SidePanel
      onClose={onClose}
      size="lg"
      title={at === undefined ? jobs.report : jobs.details(formatInstant(at, locale))}
    >
      {job.isPending && <Loading />}
      {job.isError && <ProblemNotice problem={job.error} onRetry={job.refetch} />}
      {job.data !== undefined && <JobDetails job={job.data} />}
    </SidePanel>
  )
}

function JobDetails({ job }: { readonly job: Job }) {
  const { jobs } = usePageWords(instanceTexts)
  const { state, trigger, skipReason, problem, warnings, instanceId } = job
  const isOpen = state === 'RUNNING' || state === 'QUEUED' || state === 'CREATED'
  return (
    <Stack>
      <Group gap="sm">
        <JobStateBadge state={state} />
        <Text size="sm" c="dimmed">
          {jobs.triggers[trigger]}
        </Text>
      </Group>
      {isOpen && <RunningJob instanceId={instanceId} />}
      {skipReason !== undefined && <Text size="sm">{jobs.skips[skipReason]}</Text>}
      {problem !== undefined && (
        <Alert color="red" style={{ overflowWrap: 'anywhere' }}>
          <ProblemLines problem={problem} />
        </Alert>
      )}
      {warnings.map((warning) => (
        <Alert key={warning} color="yellow" p="sm" style={{ overflowWrap: 'anywhere' }}>
          <SaidText text={warning} />
        </Alert>
      ))}
      <Totals job={job} />
      {!isOpen && (
        <Report of={{ kind: 'backup', id: job.jobId }} counts={job.counts} words={jobs} />
      )}
      <Anchor component={Link} to={`/jobs/${job.jobId}`} size="sm">
        {jobs.page}
      </Anchor>
    </Stack>
  )
}

function Totals({ job: { totals, attempts } }: { readonly job: Job }) {
  const { jobs } = usePageWords(instanceTexts)
  if (totals === undefined) return null
  const figures: readonly (readonly [string, ReactNode])[] = [
    [jobs.totals.files, <Count key="files" value={totals.files} />],
    [jobs.totals.source, <Bytes key="source" value={totals.sourceBytes} />],
    [jobs.totals.added, <Bytes key="added" value={totals.newBytes} />],
    [jobs.totals.stored, <Bytes key="stored" value={totals.storedBytes} />],
    ...(attempts > 1
      ? [[jobs.totals.attempts, <Count key="attempts" value={attempts} />] as const]
      : []),
  ]
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
      {figures.map(([name, figure]) => (
        <div key={name}>
          <Text size="xs" c="dimmed">
            {name}
          </Text>
          <Text fw={600}>{figure}</Text>
        </div>
      ))}
    </SimpleGrid>
  )
}
