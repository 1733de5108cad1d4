/** The overview (G1): what is backed up and what is not, what needs attention, what was done last, and how it grows. */
import { Button, SimpleGrid, Stack } from '@mantine/core'
import { IconDeviceDesktopPlus } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { type Overview, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { Attention } from './attention.tsx'
import { Figures } from './figures.tsx'
import { LatestJobs } from './latest-jobs.tsx'
import { Quota } from './quota.tsx'
import { Trend } from './trend.tsx'

const route = getRouteApi('/')

// Most have one region.
const Regions = lazy(async () => ({ default: (await import('./regions.tsx')).Regions }))
const RegionSwitch = lazy(async () => ({
  default: (await import('./region-switch.tsx')).RegionSwitch,
}))

export function OverviewPage() {
  const { nav } = useWords()
  const words = usePageWords(overviewTexts)
  const navigate = route.useNavigate()
  const { region } = route.useSearch()
  const overview = useCall(routes.overview.get, {}, { everyMs: 60_000 })
  if (overview.isPending) return <Loading />
  if (overview.isError) return <ProblemNotice problem={overview.error} onRetry={overview.refetch} />
  if (overview.data.backedUp + overview.data.unBackedUp === 0) return <NothingYet />
  const { regions } = overview.data
  // One region is all regions, and what is no region of this account is not asked for.
  const chosen =
    regions.length > 1 ? regions.find(({ regionId }) => regionId === region) : undefined
  const choose = (wanted: string | undefined) =>
    void navigate({ search: wanted === undefined ? {} : { region: wanted }, replace: true })
  const regionSwitch = regions.length > 1 && (
    <Suspense fallback={null}>
      <RegionSwitch
        regionIds={regions.map(({ regionId }) => regionId)}
        chosen={chosen?.regionId}
        onChange={choose}
      />
    </Suspense>
  )
  return (
    <Page title={nav.overview} about={words.about} actions={regionSwitch}>
      <Parts overview={overview.data} chosen={chosen} />
    </Page>
  )
}

function Parts({
  overview,
  chosen,
}: {
  readonly overview: Overview
  /** Undefined: all regions together. */
  readonly chosen: Overview['regions'][number] | undefined
}) {
  const regionId = chosen?.regionId
  return (
    <Stack>
      <Figures counts={chosen ?? overview} regionId={regionId} />
      {chosen === undefined && <Quota overview={overview} />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Attention regionId={regionId} />
        <LatestJobs regionId={regionId} />
      </SimpleGrid>
      <Trend regionId={regionId} />
      {chosen === undefined && overview.regions.length > 1 && (
        <Suspense fallback={<Loading />}>
          <Regions regions={overview.regions} />
        </Suspense>
      )}
    </Stack>
  )
}

function NothingYet() {
  const { nav } = useWords()
  const words = usePageWords(overviewTexts)
  const navigate = route.useNavigate()
  return (
    <Page title={nav.overview}>
      <EmptyState
        icon={<IconDeviceDesktopPlus />}
        title={words.empty}
        about={words.emptyAbout}
        action={
          <Button onClick={() => void navigate({ to: '/instances', search: { adding: true } })}>
            {words.add}
          </Button>
        }
      />
    </Page>
  )
}
