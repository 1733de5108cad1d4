/** The inbox: every alert with whether its cause still stands and whether somebody has seen it. */
import { Button, Group, SegmentedControl, Select } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { alertKinds, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { RegionSelect } from '../../parts/region-select.tsx'
import { Rows } from '../../parts/rows.tsx'
import { alertsTexts } from '../../words/alerts.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { AlertDrawer } from './alert-drawer.tsx'
import type { ChangeFilter } from './alerts.tsx'
import { alertColumns } from './columns.tsx'
import { type AlertFilter, alertQueryOf, alertShows } from './filter.ts'

type Parts = { readonly filter: AlertFilter; readonly change: ChangeFilter }

export function Inbox({ filter, change }: Parts) {
  const texts = usePageWords(alertsTexts)
  const language = useLanguage()
  const alerts = usePages(routes.alerts.list, { query: alertQueryOf(filter, language.name) })
  if (alerts.isPending) return <Loading />
  if (alerts.isError) return <ProblemNotice problem={alerts.error} onRetry={alerts.refetch} />
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = alerts
  const isFiltered = [filter.show, filter.kind, filter.region].some((part) => part !== undefined)
  // What was asked for before does not say that there is none.
  if (items.length === 0 && !isFiltered && !alerts.isPlaceholderData)
    return <NoAlerts change={change} />
  const open = items.find(({ alertId }) => alertId === filter.alert)
  return (
    <>
      <Filters filter={filter} change={change} />
      {items.length === 0 ? (
        <NoMatch change={change} />
      ) : (
        <Rows
          label={texts.inbox}
          columns={alertColumns(texts)}
          rows={items}
          keyOf={({ alertId }) => alertId}
          onOpen={({ alertId: alert }) => change({ alert })}
          onEnd={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
          }}
          height="calc(100vh - 300px)"
        />
      )}
      {open !== undefined && (
        <AlertDrawer alert={open} onClose={() => change({ alert: undefined })} />
      )}
    </>
  )
}

function Filters({ filter, change }: Parts) {
  const texts = usePageWords(alertsTexts)
  return (
    <Group gap="xs" mb="sm" role="search" aria-label={texts.showing}>
      <SegmentedControl
        size="xs"
        aria-label={texts.showing}
        data={alertShows.map((value) => ({ value, label: texts.shows[value] }))}
        value={filter.show ?? 'all'}
        onChange={(show) => change({ show })}
      />
      <Select
        size="xs"
        aria-label={texts.kind}
        placeholder={texts.anyKind}
        data={alertKinds.map((value) => ({ value, label: texts.kinds[value] }))}
        value={filter.kind ?? null}
        onChange={(kind) => change({ kind })}
        clearable
        clearButtonProps={{ 'aria-label': texts.anyKind }}
        w={200}
      />
      <RegionSelect size="xs" value={filter.region} onChange={(region) => change({ region })} />
    </Group>
  )
}

function NoAlerts({ change }: Pick<Parts, 'change'>) {
  const texts = usePageWords(alertsTexts)
  return (
    <EmptyState
      icon={<IconBell size={24} />}
      title={texts.empty}
      about={texts.emptyAbout}
      action={<Button onClick={() => change({ tab: 'channels' })}>{texts.toChannels}</Button>}
    />
  )
}

function NoMatch({ change }: Pick<Parts, 'change'>) {
  const texts = usePageWords(alertsTexts)
  return (
    <EmptyState
      icon={<IconBell size={24} />}
      title={texts.noMatch}
      about={texts.noMatchAbout}
      action={
        <Button
          variant="default"
          onClick={() => change({ show: undefined, kind: undefined, region: undefined })}
        >
          {texts.showAll}
        </Button>
      }
    />
  )
}
