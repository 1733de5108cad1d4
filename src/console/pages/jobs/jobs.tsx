/** All jobs of all machines, backups and restores, newest first and live (G5, D4 to D6). */

import { Button } from '@mantine/core'
import { IconFilterOff, IconListCheck } from '@tabler/icons-react'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { pathOf, routes, writeQuery } from '#contract'
import { DownloadButton } from '../../parts/download-button.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { jobsTexts } from '../../words/jobs.ts'
import { usePageWords } from '../../words/language.tsx'
import { CancelDialog } from './cancel-dialog.tsx'
import { useColumns } from './columns.tsx'
import { isFiltered, jobsQueryOf, readJobsFilter } from './filter.ts'
import type { Run } from './merged-runs.ts'
import { useRuns } from './runs.ts'
import { type FilterChange, Toolbar } from './toolbar.tsx'

const route = getRouteApi('/jobs')

export function JobsPage() {
  const texts = usePageWords(jobsTexts)
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const change = (to: FilterChange) =>
    void navigate({ search: readJobsFilter({ ...filter, ...to }), replace: true })
  const csv = `${pathOf(routes.jobs.auditCsv)}?${writeQuery(jobsQueryOf(filter))}`
  return (
    <Page
      title={texts.title}
      about={texts.about}
      actions={filter.kind !== 'restore' && <DownloadButton href={csv} label={texts.csv} />}
    >
      <Toolbar filter={filter} onChange={change} />
      <JobList />
    </Page>
  )
}

function JobList() {
  const texts = usePageWords(jobsTexts)
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const [cancelling, setCancelling] = useState<Run>()
  const columns = useColumns(setCancelling)
  const { runs, isPending, problem, refetch, fetchMore } = useRuns(filter)
  if (isPending) return <Loading />
  if (problem !== undefined) return <ProblemNotice problem={problem} onRetry={refetch} />
  if (runs.length === 0)
    return isFiltered(filter) ? (
      <EmptyState icon={<IconFilterOff />} title={texts.noneFits} about={texts.noneFitsAbout} />
    ) : (
      <EmptyState
        icon={<IconListCheck />}
        title={texts.empty}
        about={texts.emptyAbout}
        action={
          <Button component={Link} to="/instances">
            {texts.toInstances}
          </Button>
        }
      />
    )
  const open = ({ kind, id }: Run) =>
    kind === 'backup'
      ? void navigate({ to: '/jobs/$jobId', params: { jobId: id } })
      : void navigate({ to: '/restores/$restoreJobId', params: { restoreJobId: id } })
  return (
    <>
      <Rows
        label={texts.title}
        columns={columns}
        rows={runs}
        keyOf={({ id }) => id}
        onOpen={open}
        onEnd={fetchMore}
        height="calc(100vh - 300px)"
      />
      {cancelling !== undefined && (
        <CancelDialog run={cancelling} onClose={() => setCancelling(undefined)} />
      )}
    </>
  )
}
