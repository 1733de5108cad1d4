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
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure to="/instances" region={regionId} name={words.backedUp}>
        <Count value={backedUp} />
      </Figure>
      <Figure to="/instances" region={regionId} name={words.unBackedUp} isBad={unBackedUp > 0}>
        <Count value={unBackedUp} />
      </Figure>
      <Figure to="/metering" name={words.capacity}>
        <Bytes value={capacityBytes} />
      </Figure>
      <Figure to="/alerts" name={words.standing} isBad={(standing ?? 0) > 0}>
        {standing === undefined ? '…' : <Count value={standing} />}
        {standing === standingMax && '+'}
      </Figure>
    </SimpleGrid>
  )
}

const Frame = createLink((props: Omit<ComponentProps<'a'>, 'style'>) => (
  <Paper {...props} component="a" withBorder p="md" c="inherit" className="figure" />
))

function Figure({
  to,
  region,
  name,
  isBad = false,
  children,
}: {
  readonly to: '/instances' | '/metering' | '/alerts'
  readonly region?: string | undefined
  readonly name: string
  readonly isBad?: boolean
  readonly children: ReactNode
}) {
  const content = (
    <>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="xl" fw={700} {...(isBad ? { c: 'orange' } : {})}>
        {children}
      </Text>
    </>
  )
  if (to === '/instances' && region !== undefined)
    return (
      <Frame to={to} search={{ region }}>
        {content}
      </Frame>
    )
  return <Frame to={to}>{content}</Frame>
}
