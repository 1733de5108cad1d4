/** One backup job: what happened and why, its numbers, what came of it, and every file that is not as it should be (D6). */
import { Alert, Anchor, Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type Job, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { Bytes, Count, FilesAndSize, formatBytes, formatInstant } from '../../parts/formats.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useNameOf } from '../../parts/object-name.tsx'
import { Page } from '../../parts/page.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { ProblemLines } from '../../parts/problem-text.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { jobsTexts } from '../../words/jobs.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { CancelDialog, useMayCancel } from './cancel-dialog.tsx'
import { tookOf } from './columns.tsx'
import { isOpen } from './filter.ts'
import { Log } from './log.tsx'
import { Report } from './report.tsx'

const route = getRouteApi('/jobs/$jobId')
/** The stream of events tells more often; this is for when it is away. */
const askEachMs = 10_000

export function JobPage() {
  const { jobId } = route.useParams()
  const job = useCall(routes.jobs.get, { path: { jobId } }, { everyMs: askEachMs })
  if (job.isPending) return <Loading />
  if (job.isError) return <ProblemNotice problem={job.error} onRetry={job.refetch} />
  return <JobDetails job={job.data} />
}

function JobDetails({ job }: { readonly job: Job }) {
  const texts = usePageWords(jobsTexts)
  const { jobs } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  const name = useNameOf(job.instanceId)
  const [isCancelling, setCancelling] = useState(false)
  const mayCancel = useMayCancel('backup') && isOpen(job.state)
  const at = job.startedAt ?? job.createdAt
  return (
    <Page
      title={texts.job.titleOf(name, formatInstant(at, locale))}
      crumbs={[
        { name: texts.title, to: '/jobs' },
        { name, to: `/instances/${job.instanceId}` },
      ]}
      actions={
        mayCancel && (
          <Button variant="default" onClick={() => setCancelling(true)}>
            {texts.cancel.backup}
          </Button>
        )
      }
    >
      <Outcome job={job} />
      <Numbers job={job} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {!isOpen(job.state) && (
          <Part title={texts.job.points}>
            <Points job={job} />
          </Part>
        )}
        <Part title={texts.job.log}>
          <Log job={job} />
        </Part>
      </SimpleGrid>
      {!isOpen(job.state) && (
        <Report of={{ kind: 'backup', id: job.jobId }} counts={job.counts} words={jobs} />
      )}
      {isCancelling && (
        <CancelDialog
          run={{ kind: 'backup', id: job.jobId }}
          onClose={() => setCancelling(false)}
        />
      )}
    </Page>
  )
}

function Outcome({ job }: { readonly job: Job }) {
  const { jobs } = usePageWords(instanceTexts)
  const { job: texts } = usePageWords(jobsTexts)
  const { state, skipReason, problem, jobId, progress } = job
  return (
    <Paper withBorder p="md" radius="md">
      <Stack gap="sm">
        <Group gap="sm">
          <JobStateBadge state={state} />
          <Text size="sm">{texts.outcomes[state]}</Text>
          {skipReason !== undefined && <Text size="sm">{jobs.skips[skipReason]}</Text>}
        </Group>
        {state === 'RUNNING' && <JobProgress jobId={jobId} last={progress} />}
        {problem !== undefined && (
          <Alert
            color={state === 'PARTIAL_COMPLETE' ? 'yellow' : 'red'}
            style={{ overflowWrap: 'anywhere' }}
          >
            <ProblemLines problem={problem} />
          </Alert>
        )}
      </Stack>
    </Paper>
  )
}

function Numbers({ job }: { readonly job: Job }) {
  const { jobs } = usePageWords(instanceTexts)
  const { job: texts } = usePageWords(jobsTexts)
  const { locale } = useLanguage()
  const { totals, startedAt, endedAt } = job
  const tookMs = startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt
  if (totals === undefined && tookMs === undefined) return null
  const figures: readonly (readonly [string, ReactNode])[] = [
    ...(totals === undefined
      ? []
      : ([
          [jobs.totals.files, <Count key="files" value={totals.files} />],
          [jobs.totals.source, <Bytes key="source" value={totals.sourceBytes} />],
          [jobs.totals.added, <Bytes key="added" value={totals.newBytes} />],
          [jobs.totals.stored, <Bytes key="stored" value={totals.storedBytes} />],
        ] as const)),
    ...(tookMs === undefined ? [] : [[texts.took, tookOf(job, locale)] as const]),
    ...(tookMs === undefined || totals === undefined
      ? []
      : [
          [
            texts.speed,
            formatBytes(totals.sourceBytes / Math.max(tookMs / 1_000, 1), locale),
          ] as const,
        ]),
  ]
  return (
    <Part title={texts.numbers}>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        {figures.map(([name, figure]) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text fw={600}>{figure}</Text>
          </div>
        ))}
      </SimpleGrid>
    </Part>
  )
}

/** The points of the version, each a way into its files. */
function Points({ job: { versionId } }: { readonly job: Job }) {
  const { job: texts } = usePageWords(jobsTexts)
  const version = useCall(
    routes.versions.get,
    { path: { versionId: versionId ?? '' } },
    { enabled: versionId !== undefined },
  )
  const { data } = version
  if (versionId === undefined || (data !== undefined && data.points.length === 0))
    return (
      <Text size="sm" c="dimmed">
        {versionId === undefined ? texts.noVersion : texts.noPoints}
      </Text>
    )
  if (version.isError) return <ProblemNotice problem={version.error} onRetry={version.refetch} />
  if (data === undefined) return <Loading />
  return (
    <Stack gap="xs">
      {data.points.map(({ pointId, vaultId, path, files, sourceBytes }) => (
        <Group key={pointId} justify="space-between" wrap="nowrap">
          <Anchor component={Link} to={`/points/${vaultId}/${pointId}`} size="sm" miw={0}>
            <PathName path={path} />
          </Anchor>
          <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
            <FilesAndSize files={files} bytes={sourceBytes} />
          </Text>
        </Group>
      ))}
    </Stack>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" radius="md">
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  )
}
