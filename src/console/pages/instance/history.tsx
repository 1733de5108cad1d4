/** Backup history (G3): a calendar of all backups, and a list of versions that open to be browsed. */
import { Button, Group, Paper, Stack, Text } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useEffect, useMemo, useState } from 'react'
import { type Instance, type InstanceId, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { useRights } from '../instances/rights.ts'
import { fits } from '../instances/steps.ts'
import type { StepTaker } from '../instances/use-steps.tsx'
import { HeatMap } from './heat-map.tsx'
import { startOfDay } from './history-days.ts'
import { VersionList } from './version-list.tsx'

const pageItems = 200
/** A year of hourly backups is more than a calendar needs; the list asks for the rest as it is scrolled. */
const calendarMax = 2_000

export function History({
  instance,
  take,
}: {
  readonly instance: Instance
  readonly take: StepTaker['take']
}) {
  const { instanceId } = instance
  const [day, setDay] = useState<number>()
  const versions = useVersions(instanceId)
  const failures = useFailures(instanceId)
  const { items } = versions
  const backups = useMemo(() => [...items, ...failures], [items, failures])
  const shown =
    day === undefined ? items : items.filter(({ createdAt }) => startOfDay(createdAt) === day)
  if (versions.isPending) return <Loading />
  if (versions.isError) return <ProblemNotice problem={versions.error} onRetry={versions.refetch} />
  if (backups.length === 0) return <NoHistory instance={instance} take={take} />
  return (
    <Stack>
      <Paper withBorder p="md">
        <HeatMap backups={backups} chosen={day} onChoose={setDay} />
      </Paper>
      {day !== undefined && <ChosenDay day={day} onClear={() => setDay(undefined)} />}
      {shown.length > 0 && <VersionList versions={shown} onEnd={versions.askMore} />}
    </Stack>
  )
}

function useVersions(instanceId: InstanceId) {
  const versions = usePages(routes.versions.list, {
    path: { instanceId },
    query: { limit: pageItems },
  })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = versions
  const wantsMore = hasNextPage && !isFetchingNextPage && items.length < calendarMax
  useEffect(() => {
    if (wantsMore) void fetchNextPage()
  }, [wantsMore, fetchNextPage])
  const askMore = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }
  return { ...versions, askMore }
}

/** Jobs that made no version: the calendar shows them too. */
function useFailures(instanceId: InstanceId) {
  const { items } = usePages(routes.jobs.list, {
    query: { instanceId, state: ['FAILED'], limit: pageItems },
  })
  return useMemo(
    () =>
      items
        .filter(({ versionId }) => versionId === undefined)
        .map(({ createdAt, endedAt }) => ({
          createdAt: endedAt ?? createdAt,
          status: 'failed' as const,
        })),
    [items],
  )
}

function ChosenDay({ day, onClear }: { readonly day: number; readonly onClear: () => void }) {
  const { history } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(day)
  return (
    <Group gap="sm" role="status">
      <Text fw={600}>{history.ofDay(date)}</Text>
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        {history.showAll}
      </Button>
    </Group>
  )
}

function NoHistory({
  instance,
  take,
}: {
  readonly instance: Instance
  readonly take: StepTaker['take']
}) {
  const { history } = usePageWords(instanceTexts)
  const { operates } = useRights()
  return (
    <EmptyState
      icon={<IconHistory size={24} />}
      title={history.empty}
      about={history.emptyAbout}
      action={
        operates &&
        fits('run', instance) && (
          <Button onClick={() => take('run', instance)}>{history.runNow}</Button>
        )
      }
    />
  )
}
