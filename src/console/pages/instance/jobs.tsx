/** Backup jobs of an instance, newest first; one opens with its totals and its report. */
import { Stack, Text } from '@mantine/core'
import { IconDeviceFloppy } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { type InstanceId, type Job, type JobId, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Bytes, Count, formatDuration, Instant } from '../../parts/formats.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { JobDrawer } from './job-drawer.tsx'

export function Jobs({ instanceId }: { readonly instanceId: InstanceId }) {
  const { jobs: texts } = usePageWords(instanceTexts)
  const [openId, setOpenId] = useState<JobId>()
  const jobs = usePages(routes.jobs.list, { query: { instanceId, limit: 100 } })
  const columns = useJobColumns()
  if (jobs.isPending) return <Loading />
  if (jobs.isError) return <ProblemNotice problem={jobs.error} onRetry={jobs.refetch} />
  if (jobs.items.length === 0)
    return (
      <EmptyState
        icon={<IconDeviceFloppy size={24} />}
        title={texts.empty}
        about={texts.emptyAbout}
      />
    )
  return (
    <Stack>
      <Rows
        label={texts.report}
        columns={columns}
        rows={jobs.items}
        keyOf={({ jobId }) => jobId}
        onOpen={({ jobId }) => setOpenId(jobId)}
        onEnd={() => {
          if (jobs.hasNextPage && !jobs.isFetchingNextPage) void jobs.fetchNextPage()
        }}
        height="calc(100vh - 300px)"
      />
      {openId !== undefined && <JobDrawer jobId={openId} onClose={() => setOpenId(undefined)} />}
    </Stack>
  )
}

function useJobColumns(): readonly Column<Job>[] {
  const { jobs } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  return useMemo((): readonly Column<Job>[] => {
    const { columns } = jobs
    return [
      {
        key: 'at',
        title: columns.at,
        width: 'minmax(110px, 1fr)',
        cell: ({ startedAt, dueAt }) => <Instant at={startedAt ?? dueAt} />,
      },
      {
        key: 'state',
        title: columns.state,
        width: 'minmax(130px, 1.2fr)',
        cell: ({ state }) => <JobStateBadge state={state} />,
      },
      {
        key: 'trigger',
        title: columns.trigger,
        width: 'minmax(90px, 1fr)',
        wideOnly: true,
        cell: ({ trigger }) => jobs.triggers[trigger],
      },
      {
        key: 'took',
        title: columns.took,
        width: '110px',
        wideOnly: true,
        align: 'end',
        cell: ({ startedAt, endedAt }) =>
          startedAt === undefined || endedAt === undefined
            ? ''
            : formatDuration(Math.max(endedAt - startedAt, 1_000), locale),
      },
      {
        key: 'files',
        title: columns.files,
        width: '90px',
        wideOnly: true,
        align: 'end',
        cell: ({ totals }) => totals && <Count value={totals.files} />,
      },
      {
        key: 'added',
        title: columns.added,
        width: '90px',
        wideOnly: true,
        align: 'end',
        cell: ({ totals }) => totals && <Bytes value={totals.newBytes} />,
      },
      {
        key: 'trouble',
        title: columns.trouble,
        width: '130px',
        wideOnly: true,
        align: 'end',
        cell: ({ counts }) => <Trouble counts={counts} />,
      },
    ]
  }, [jobs, locale])
}

function Trouble({ counts }: Pick<Job, 'counts'>) {
  if (counts === undefined) return null
  const { failed, inconsistent } = counts
  const count = failed + inconsistent
  return (
    <Text span inherit c={count > 0 ? 'orange' : 'dimmed'}>
      <Count value={count} />
    </Text>
  )
}
