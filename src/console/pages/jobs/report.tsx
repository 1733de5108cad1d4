/** The files of a backup that are not as they should be, in their lists, each of which is there as CSV (D6). */
import { Anchor, Paper, Stack, Tabs, Text } from '@mantine/core'
import { type Job, pathOf, type ReportLine, type ReportList, reportLists, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EntryName } from '../../parts/entry-name.tsx'
import { Count } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { usePageWords } from '../../words/language.tsx'

const pageLines = 200

export function Report({ jobId, counts }: Pick<Job, 'jobId' | 'counts'>) {
  const { jobs } = usePageWords(instanceTexts)
  const shown = reportLists.filter((list) => (counts?.[list] ?? 0) > 0)
  const [first] = shown
  if (counts === undefined) return null
  if (first === undefined)
    return (
      <Text size="sm" c="dimmed">
        {jobs.allGood}
      </Text>
    )
  return (
    <Tabs defaultValue={first} keepMounted={false}>
      <Tabs.List aria-label={jobs.report}>
        {shown.map((list) => (
          <Tabs.Tab key={list} value={list}>
            {jobs.lists[list]} (<Count value={counts[list]} />)
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map((list) => (
        <Tabs.Panel key={list} value={list} pt="sm">
          <Lines jobId={jobId} list={list} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

function Lines({ jobId, list }: { readonly jobId: Job['jobId']; readonly list: ReportList }) {
  const { jobs } = usePageWords(instanceTexts)
  const lines = usePages(routes.jobs.report, {
    path: { jobId, reportList: list },
    query: { limit: pageLines },
  })
  const columns = useLineColumns()
  if (lines.isPending) return <Loading />
  if (lines.isError) return <ProblemNotice problem={lines.error} onRetry={lines.refetch} />
  const csv = pathOf(routes.jobs.reportCsv).replace('{jobId}', jobId).replace('{reportList}', list)
  return (
    <Stack gap="xs">
      <Anchor size="sm" href={csv} download>
        {jobs.csv}
      </Anchor>
      <Paper withBorder>
        <Rows
          label={jobs.lists[list]}
          rows={lines.items}
          keyOf={({ path }) => path}
          onEnd={() => {
            if (lines.hasNextPage && !lines.isFetchingNextPage) void lines.fetchNextPage()
          }}
          height={420}
          columns={columns}
        />
      </Paper>
    </Stack>
  )
}

function useLineColumns(): readonly Column<ReportLine>[] {
  const { jobs } = usePageWords(instanceTexts)
  return [
    {
      key: 'path',
      title: jobs.path,
      width: 'minmax(0, 3fr)',
      cell: ({ path }) => <EntryName name={path} />,
    },
    {
      key: 'reason',
      title: jobs.reason,
      width: 'minmax(0, 2fr)',
      cell: ({ reason, detail }) => (
        <span title={detail === '' ? undefined : detail}>{jobs.reasons[reason]}</span>
      ),
    },
  ]
}
