/** The files of a job that are not as they should be, in their lists, each of which is there as CSV (D6, F7). */
import { Anchor, Stack, Tabs, Text } from '@mantine/core'
import {
  type JobId,
  pathOf,
  type ReportLine,
  type ReportList,
  type RestoreJobId,
  reportLists,
  routes,
} from '#contract'
import { usePages } from '../../api/queries.ts'
import { Count } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { usePageWords } from '../../words/language.tsx'

type Reported =
  | { readonly kind: 'backup'; readonly id: JobId }
  | { readonly kind: 'restore'; readonly id: RestoreJobId }

type Words = {
  readonly report: string
  readonly allGood: string
  /** Those that jobs of the kind have. */
  readonly lists: Readonly<Partial<Record<ReportList, string>>>
}

export function Report({
  of,
  counts,
  words,
}: {
  readonly of: Reported
  readonly counts: Readonly<Partial<Record<ReportList, number>>> | undefined
  readonly words: Words
}) {
  const shown = reportLists.filter((list) => (counts?.[list] ?? 0) > 0)
  const [first] = shown
  if (counts === undefined) return null
  if (first === undefined)
    return (
      <Text size="sm" c="dimmed">
        {words.allGood}
      </Text>
    )
  const Lines = of.kind === 'backup' ? BackupLines : RestoreLines
  return (
    <Tabs defaultValue={first} keepMounted={false}>
      <Tabs.List aria-label={words.report}>
        {shown.map((list) => (
          <Tabs.Tab key={list} value={list}>
            {words.lists[list]} (<Count value={counts[list] ?? 0} />)
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map((list) => (
        <Tabs.Panel key={list} value={list} pt="sm">
          <Lines id={of.id} list={list} title={words.lists[list] ?? ''} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

type LinesOf = { readonly id: string; readonly list: ReportList; readonly title: string }

const query = { limit: 200 }

function BackupLines({ id, list, title }: LinesOf) {
  const lines = usePages(routes.jobs.report, { path: { jobId: id, reportList: list }, query })
  const csv = pathOf(routes.jobs.reportCsv).replace('{jobId}', id).replace('{reportList}', list)
  return <LineTable lines={lines} csv={csv} title={title} />
}

function RestoreLines({ id, list, title }: LinesOf) {
  const path = { restoreJobId: id, reportList: list }
  const lines = usePages(routes.restoreJobs.report, { path, query })
  const csv = pathOf(routes.restoreJobs.reportCsv)
    .replace('{restoreJobId}', id)
    .replace('{reportList}', list)
  return <LineTable lines={lines} csv={csv} title={title} />
}

type ReportPages = {
  readonly items: readonly ReportLine[]
  readonly isPending: boolean
  readonly error: Error | null
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly refetch: () => unknown
  readonly fetchNextPage: () => Promise<unknown>
}

function LineTable({
  lines,
  csv,
  title,
}: {
  readonly lines: ReportPages
  readonly csv: string
  readonly title: string
}) {
  const { jobs } = usePageWords(instanceTexts)
  const columns = useLineColumns()
  if (lines.isPending) return <Loading />
  if (lines.error !== null) return <ProblemNotice problem={lines.error} onRetry={lines.refetch} />
  return (
    <Stack gap="xs">
      <Anchor size="sm" href={csv} download>
        {jobs.csv}
      </Anchor>
      <Rows
        label={title}
        rows={lines.items}
        keyOf={({ path }) => path}
        onEnd={() => {
          if (lines.hasNextPage && !lines.isFetchingNextPage) void lines.fetchNextPage()
        }}
        height={420}
        columns={columns}
      />
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
      cell: ({ path }) => <PathName path={path} />,
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
