/** Restore jobs, newest first. */
import { Button } from '@mantine/core'
import { IconRestore } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { type RestoreJob, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Count, Instant } from '../../parts/formats.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ObjectName } from '../../parts/object-name.tsx'
import { Page } from '../../parts/page.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { usePageWords } from '../../words/language.tsx'
import { restoresChinese, restoresEnglish } from '../../words/restores.ts'

export function RestoresPage() {
  const words = usePageWords({ en: restoresEnglish, zh: restoresChinese })
  const navigate = useNavigate()
  const jobs = usePages(routes.restoreJobs.list, { query: { dryRun: false, limit: 100 } })
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = jobs
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])
  return (
    <Page title={words.title} about={words.about}>
      {jobs.isPending && <Loading />}
      {jobs.isError && <ProblemNotice problem={jobs.error} onRetry={jobs.refetch} />}
      {jobs.isSuccess && jobs.items.length === 0 && (
        <EmptyState
          icon={<IconRestore />}
          title={words.empty}
          about={words.emptyAbout}
          action={
            <Button component={Link} to="/instances">
              {words.toInstances}
            </Button>
          }
        />
      )}
      {jobs.items.length > 0 && (
        <Rows
          label={words.title}
          columns={columnsOf(words)}
          rows={jobs.items}
          keyOf={({ restoreJobId }) => restoreJobId}
          onOpen={({ restoreJobId }) =>
            void navigate({ to: '/restores/$restoreJobId', params: { restoreJobId } })
          }
          onEnd={onEnd}
        />
      )}
    </Page>
  )
}

function columnsOf(words: typeof restoresEnglish): readonly Column<RestoreJob>[] {
  return [
    {
      key: 'machine',
      title: words.columns.machine,
      width: 'minmax(88px, 2fr)',
      cell: ({ instanceId }) => <ObjectName id={instanceId} />,
    },
    {
      key: 'state',
      title: words.columns.state,
      width: 'minmax(104px, 1.2fr)',
      cell: ({ state }) => <JobStateBadge state={state} />,
    },
    {
      key: 'begun',
      title: words.columns.begun,
      width: 'minmax(116px, 1fr)',
      cell: ({ createdAt }) => <Instant at={createdAt} />,
    },
    {
      key: 'place',
      title: words.columns.place,
      width: 'minmax(0, 2fr)',
      wideOnly: true,
      cell: ({ targetPath }) =>
        targetPath === undefined ? words.original : <PathName path={targetPath} />,
    },
    {
      key: 'files',
      title: words.columns.files,
      width: '90px',
      align: 'end',
      wideOnly: true,
      cell: ({ totals }) => (totals === undefined ? '' : <Count value={totals.files} />),
    },
  ]
}
