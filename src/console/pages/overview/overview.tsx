/** The overview (G1): what is backed up and what is not, what needs attention, what was done last, and how it grows. */
import { Button, SimpleGrid, Stack } from '@mantine/core'
import { IconDeviceDesktopPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { routes } from '#contract'
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
import { Trend } from './trend.tsx'

// Most have one region.
const Regions = lazy(async () => ({ default: (await import('./regions.tsx')).Regions }))

export function OverviewPage() {
  const { nav } = useWords()
  const words = usePageWords(overviewTexts)
  const navigate = useNavigate()
  const overview = useCall(routes.overview.get, {}, { everyMs: 60_000 })
  if (overview.isPending) return <Loading />
  if (overview.isError) return <ProblemNotice problem={overview.error} onRetry={overview.refetch} />
  if (overview.data.backedUp + overview.data.unBackedUp === 0) {
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
  return (
    <Page title={nav.overview} about={words.about}>
      <Stack>
        <Figures overview={overview.data} />
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Attention />
          <LatestJobs />
        </SimpleGrid>
        <Trend />
        {overview.data.regions.length > 1 && (
          <Suspense fallback={<Loading />}>
            <Regions regions={overview.data.regions} />
          </Suspense>
        )}
      </Stack>
    </Page>
  )
}
