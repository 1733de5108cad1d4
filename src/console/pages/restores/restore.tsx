/** One restore job: how far it is, how it ended, and every file that is not as it should be (D6, lesson 2). */
import { Button, Group, Paper, Stack, Tabs, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { reportLists, routes } from '#contract'
import { useInstanceNames } from '../../api/instance-names.ts'
import { useAction, useCall, usePages } from '../../api/queries.ts'
import { EntryName } from '../../parts/entry-name.tsx'
import { Bytes, Count, Instant } from '../../parts/formats.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { JobStateBadge } from '../../parts/job-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { restoresChinese, restoresEnglish } from '../../words/restores.ts'

const route = getRouteApi('/restores/$restoreJobId')

export function RestorePage() {
  const { restoreJobId } = route.useParams()
  const words = usePageWords({ en: restoresEnglish, zh: restoresChinese })
  const nameOf = useInstanceNames()
  const tell = useTell()
  const job = useCall(routes.restoreJobs.get, { path: { restoreJobId } }, { everyMs: 10_000 })
  const cancel = useAction(routes.restoreJobs.cancel, { touches: [routes.restoreJobs.get] })
  if (job.isPending) return <Loading />
  if (job.isError) return <ProblemNotice problem={job.error} onRetry={job.refetch} />
  const { state, instanceId, targetPath, createdAt, problem, totals, counts, warnings } = job.data
  const isRunning = state === 'RUNNING' || state === 'CREATED'
  return (
    <Page
      title={`${words.title}: ${nameOf(instanceId)}`}
      crumbs={[{ name: words.title, to: '/restores' }]}
      actions={
        isRunning && (
          <Button
            variant="default"
            loading={cancel.isPending}
            onClick={() =>
              cancel.mutate(
                { path: { restoreJobId } },
                { onSuccess: () => tell.done(words.cancelled), onError: tell.problem },
              )
            }
          >
            {words.cancel}
          </Button>
        )
      }
    >
      <Paper withBorder p="md" radius="md">
        <Stack>
          <Group>
            <JobStateBadge state={state} words={words.states} />
            <Text size="sm" c="dimmed">
              <Instant at={createdAt} />
            </Text>
            <Text size="sm">
              {targetPath === undefined ? words.original : <EntryName name={targetPath} />}
            </Text>
          </Group>
          {isRunning && <JobProgress jobId={restoreJobId} last={job.data.progress} words={words} />}
          {totals !== undefined && (
            <Text>
              <Count value={totals.files} /> · <Bytes value={totals.bytes} />
            </Text>
          )}
          {problem !== undefined && <Text c="red">{problem.detail}</Text>}
          {warnings.map((warning) => (
            <Text key={warning} size="sm">
              {warning}
            </Text>
          ))}
        </Stack>
      </Paper>
      {counts !== undefined && !isRunning && <Report restoreJobId={restoreJobId} counts={counts} />}
    </Page>
  )
}

type Counts = { readonly failed: number; readonly skipped: number; readonly inconsistent: number }

function Report({
  restoreJobId,
  counts,
}: {
  readonly restoreJobId: string
  readonly counts: Counts
}) {
  const words = usePageWords({ en: restoresEnglish, zh: restoresChinese })
  const shown = reportLists.filter((list) => counts[list] > 0)
  const [first] = shown
  if (first === undefined) return <Text c="dimmed">{words.noReport}</Text>
  return (
    <Tabs defaultValue={first}>
      <Tabs.List aria-label={words.report}>
        {shown.map((list) => (
          <Tabs.Tab key={list} value={list}>
            {words.lists[list]} (<Count value={counts[list]} />)
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map((list) => (
        <Tabs.Panel key={list} value={list} pt="sm">
          <ReportList restoreJobId={restoreJobId} list={list} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

function ReportList({
  restoreJobId,
  list,
}: {
  readonly restoreJobId: string
  readonly list: (typeof reportLists)[number]
}) {
  const words = usePageWords({ en: restoresEnglish, zh: restoresChinese })
  const lines = usePages(routes.restoreJobs.report, {
    path: { restoreJobId, reportList: list },
    query: { limit: 200 },
  })
  if (lines.isPending) return <Loading />
  if (lines.isError) return <ProblemNotice problem={lines.error} onRetry={lines.refetch} />
  return (
    <Rows
      label={words.lists[list]}
      rows={lines.items}
      keyOf={({ path }) => path}
      onEnd={() => {
        if (lines.hasNextPage && !lines.isFetchingNextPage) void lines.fetchNextPage()
      }}
      columns={[
        {
          key: 'path',
          title: words.report,
          width: 'minmax(0, 2fr)',
          cell: ({ path }) => <EntryName name={path} />,
        },
        {
          key: 'detail',
          title: '',
          width: 'minmax(0, 2fr)',
          cell: ({ detail }) => detail,
        },
      ]}
    />
  )
}
