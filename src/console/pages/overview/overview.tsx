/** The overview (G1): how many instances are backed up, how large they are, and how many are not. */
import { Paper, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { Bytes, Count } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useWords } from '../../words/language.tsx'

export function OverviewPage() {
  const { nav } = useWords()
  const overview = useCall(routes.overview.get, {}, { everyMs: 60_000 })
  if (overview.isPending) return <Loading />
  if (overview.isError) return <ProblemNotice problem={overview.error} onRetry={overview.refetch} />
  const { backedUp, unBackedUp, capacityBytes } = overview.data
  return (
    <Page title={nav.overview}>
      <SimpleGrid cols={3}>
        <Figure name="backed up">
          <Count value={backedUp} />
        </Figure>
        <Figure name="not backed up">
          <Count value={unBackedUp} />
        </Figure>
        <Figure name="capacity">
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
