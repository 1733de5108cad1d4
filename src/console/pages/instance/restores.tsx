/** Restore jobs of an instance; one opens on a page of its own. */
import { IconRestore } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type InstanceId, type RestoreJob, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Bytes, Count, Instant } from '../../parts/formats.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { usePageWords } from '../../words/language.tsx'

export function Restores({ instanceId }: { readonly instanceId: InstanceId }) {
  const { restores: texts, tabs } = usePageWords(instanceTexts)
  const navigate = useNavigate()
  const jobs = usePages(routes.restoreJobs.list, {
    query: { instanceId, dryRun: false, limit: 100 },
  })
  const columns = useRestoreColumns()
  if (jobs.isPending) return <Loading />
  if (jobs.isError) return <ProblemNotice problem={jobs.error} onRetry={jobs.refetch} />
  if (jobs.items.length === 0)
    return (
      <EmptyState icon={<IconRestore size={24} />} title={texts.empty} about={texts.emptyAbout} />
    )
  return (
    <Rows
      label={tabs.restores}
      columns={columns}
      rows={jobs.items}
      keyOf={({ restoreJobId }) => restoreJobId}
      onOpen={({ restoreJobId }) =>
        void navigate({ to: '/restores/$restoreJobId', params: { restoreJobId } })
      }
      onEnd={() => {
        if (jobs.hasNextPage && !jobs.isFetchingNextPage) void jobs.fetchNextPage()
      }}
      height="calc(100vh - 300px)"
    />
  )
}

function useRestoreColumns(): readonly Column<RestoreJob>[] {
  const { restores } = usePageWords(instanceTexts)
  return useMemo((): readonly Column<RestoreJob>[] => {
    const { columns, original } = restores
    return [
      {
        key: 'at',
        title: columns.at,
        width: 'minmax(84px, 1fr)',
        cell: ({ createdAt }) => <Instant at={createdAt} />,
      },
      {
        key: 'state',
        title: columns.state,
        width: 'minmax(96px, 1fr)',
        cell: ({ state }) => <JobStateBadge state={state} />,
      },
      {
        key: 'place',
        title: columns.place,
        width: 'minmax(60px, 2fr)',
        cell: ({ targetPath }) =>
          targetPath === undefined ? original : <PathName path={targetPath} />,
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
        key: 'size',
        title: columns.size,
        width: '90px',
        wideOnly: true,
        align: 'end',
        cell: ({ totals }) => totals && <Bytes value={totals.bytes} />,
      },
    ]
  }, [restores])
}
