/** Metering (H5): what was used by day and item, what it is made of, what it costs, and what it would cost. */

import { Button } from '@mantine/core'
import { IconChartBar } from '@tabler/icons-react'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { pathOf, routes, writeQuery } from '#contract'
import { usePages } from '../../api/queries.ts'
import { DownloadButton } from '../../parts/download-button.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { useNow } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords } from '../../words/language.tsx'
import { meteringTexts } from '../../words/metering.ts'
import { BillCard, EstimateCard } from './costs.tsx'
import { DayChart } from './day-chart.tsx'
import { DayList } from './day-list.tsx'
import { type DayRange, daysOf } from './range.ts'
import { RangeChoice } from './range-choice.tsx'

const route = getRouteApi('/metering')
const pageItems = 200

export function MeteringPage() {
  const texts = usePageWords(meteringTexts)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const days = daysOf(search, useNow())
  const csv = `${pathOf(routes.metering.csv)}?${writeQuery({ ...days })}`
  return (
    <Page
      title={texts.title}
      about={texts.about}
      actions={<DownloadButton href={csv} label={texts.csv} />}
    >
      <RangeChoice
        search={search}
        days={days}
        onChange={(next) => void navigate({ search: next, replace: true })}
      />
      <Days days={days} isChosen={search.from !== undefined || search.range !== undefined} />
      <EstimateCard />
    </Page>
  )
}

function Days({ days, isChosen }: { readonly days: DayRange; readonly isChosen: boolean }) {
  const list = usePages(routes.metering.days, { query: { ...days, limit: pageItems } })
  const { items, hasNextPage, isFetching, fetchNextPage } = list
  // The chart is of all days of the range.
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  if (list.isPending) return <Loading />
  if (list.isError) return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  if (items.length === 0) return <NoDays isChosen={isChosen} />
  return (
    <>
      <DayChart days={items} />
      <BillCard days={days} />
      <DayList days={items} />
    </>
  )
}

function NoDays({ isChosen }: { readonly isChosen: boolean }) {
  const texts = usePageWords(meteringTexts)
  return (
    <EmptyState
      icon={<IconChartBar size={24} />}
      title={isChosen ? texts.emptyRange : texts.empty}
      about={isChosen ? texts.emptyRangeAbout : texts.emptyAbout}
      action={
        !isChosen && (
          <Button component={Link} to="/instances">
            {texts.toInstances}
          </Button>
        )
      }
    />
  )
}
