/** The numbers of the overview, each the way to what it counts. */
import { Paper, SimpleGrid, Text } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'
import type { Overview, RegionId } from '#contract'
import { Bytes, Count } from '../../parts/formats.tsx'
import { usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { standingMax, useStandingAlerts } from './standing.ts'

type Counts = Pick<Overview, 'backedUp' | 'unBackedUp' | 'capacityBytes'>

export function Figures({
  counts: { backedUp, unBackedUp, capacityBytes },
  regionId,
}: {
  readonly counts: Counts
  /** Undefined: they are of all regions. */
  readonly regionId: RegionId | undefined
}) {
  const words = usePageWords(overviewTexts)
  const standing = useStandingAlerts(regionId).data?.items.length
  const ofRegion = regionId === undefined ? {} : { region: regionId }
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Frame to="/instances" search={ofRegion}>
        <Figure name={words.backedUp}>
          <Count value={backedUp} />
        </Figure>
      </Frame>
      <Frame to="/instances" search={{ ...ofRegion, backup: 'none' }}>
        <Figure name={words.unBackedUp} isBad={unBackedUp > 0}>
          <Count value={unBackedUp} />
        </Figure>
      </Frame>
      <Frame to="/metering">
        <Figure name={words.capacity}>
          <Bytes value={capacityBytes} />
        </Figure>
      </Frame>
      <Frame to="/alerts" search={{ ...ofRegion, show: 'standing' }}>
        <Figure name={words.standing} isBad={(standing ?? 0) > 0}>
          {standing === undefined ? '…' : <Count value={standing} />}
          {standing === standingMax && '+'}
        </Figure>
      </Frame>
    </SimpleGrid>
  )
}

const Frame = createLink((props: Omit<ComponentProps<'a'>, 'style'>) => (
  <Paper {...props} component="a" withBorder p="md" c="inherit" className="figure" />
))

function Figure({
  name,
  isBad = false,
  children,
}: {
  readonly name: string
  readonly isBad?: boolean
  readonly children: ReactNode
}) {
  return (
    <>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="xl" fw={700} {...(isBad ? { c: 'orange' } : {})}>
        {children}
      </Text>
    </>
  )
}
