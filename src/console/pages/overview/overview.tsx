/** The overview (G1): how many instances are backed up, how large they are, and how many are not. */
import { Button, Paper, SimpleGrid, Text } from '@mantine/core'
import { IconDeviceDesktopPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Bytes, Count } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { overviewChinese, overviewEnglish } from '../../words/overview.ts'

export function OverviewPage() {
  const { nav } = useWords()
  const words = usePageWords({ en: overviewEnglish, zh: overviewChinese })
  const overview = useCall(routes.overview.get, {}, { everyMs: 60_000 })
  if (overview.isPending) return <Loading />
  if (overview.isError) return <ProblemNotice problem={overview.error} onRetry={overview.refetch} />
  const { backedUp, unBackedUp, capacityBytes } = overview.data
  if (backedUp + unBackedUp === 0) {
    return (
      <Page title={nav.overview}>
        <EmptyState
          icon={<IconDeviceDesktopPlus />}
          title={words.empty}
          about={words.emptyAbout}
          action={
            <Button component={Link} to="/instances">
              {words.add}
            </Button>
          }
        />
      </Page>
    )
  }
  return (
    <Page title={nav.overview}>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Figure name={words.backedUp}>
          <Count value={backedUp} />
        </Figure>
        <Figure name={words.unBackedUp}>
          <Count value={unBackedUp} />
        </Figure>
        <Figure name={words.capacity}>
          <Bytes value={capacityBytes} />
        </Figure>
      </SimpleGrid>
    </Page>
  )
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="xl" fw={700}>
        {children}
      </Text>
    </Paper>
  )
}
