/** The numbers of the overview, each the way to what it counts. */
import { Paper, SimpleGrid, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Overview } from '#contract'
import { Bytes, Count } from '../../parts/formats.tsx'
import { usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { standingMax, useStandingAlerts } from './standing.ts'

export function Figures({ overview }: { readonly overview: Overview }) {
  const words = usePageWords(overviewTexts)
  const standing = useStandingAlerts().data?.items.length
  const { backedUp, unBackedUp, capacityBytes } = overview
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure to="/instances" name={words.backedUp}>
        <Count value={backedUp} />
      </Figure>
      <Figure to="/instances" name={words.unBackedUp} isBad={unBackedUp > 0}>
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

function Figure({
  to,
  name,
  isBad = false,
  children,
}: {
  readonly to: '/instances' | '/metering' | '/alerts'
  readonly name: string
  readonly isBad?: boolean
  readonly children: ReactNode
}) {
  return (
    <Paper withBorder p="md" component={Link} to={to} c="inherit" className="figure">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="xl" fw={700} {...(isBad ? { c: 'orange' } : {})}>
        {children}
      </Text>
    </Paper>
  )
}
