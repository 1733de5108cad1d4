/** What the shown days cost, and what days like today would cost with more storage, before anything is activated (H5). */
import { Group, NumberInput, Paper, Stack, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords } from '../../words/language.tsx'
import { meteringTexts } from '../../words/metering.ts'
import { useAmounts } from './amounts.ts'
import { BillTable } from './bill-table.tsx'
import type { DayRange } from './range.ts'

const gibBytes = 2 ** 30
const typingMs = 300
const daysMax = 366
const moreGibMax = 1_000_000

export function BillCard({ days }: { readonly days: DayRange }) {
  const texts = usePageWords(meteringTexts).bill
  const { count } = useAmounts()
  const bill = useCall(routes.metering.bill, { query: days }, { keepsPrevious: true })
  if (bill.isPending) return <Loading />
  if (bill.isError) return <ProblemNotice problem={bill.error} onRetry={bill.refetch} />
  const title = texts.title(count(bill.data.days))
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {title}
        </Title>
        <BillTable bill={bill.data} />
      </Stack>
    </Paper>
  )
}

export function EstimateCard() {
  const texts = usePageWords(meteringTexts).estimate
  const { count } = useAmounts()
  const [more, setMore] = useState(0)
  const [days, setDays] = useState(30)
  const [query] = useDebouncedValue({ capacityBytes: more * gibBytes, days }, typingMs)
  const estimate = useCall(routes.metering.estimate, { query }, { keepsPrevious: true })
  return (
    <Paper withBorder p="md" component="section" aria-label={texts.title}>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {texts.title}
        </Title>
        <Text size="sm" c="dimmed">
          {texts.about(count(estimate.data?.days ?? days))}
        </Text>
        <Group align="flex-end">
          <NumberInput
            label={texts.more}
            description={texts.moreAbout}
            value={more}
            onChange={(next) => setMore(typeof next === 'number' ? next : 0)}
            min={0}
            max={moreGibMax}
            clampBehavior="strict"
            allowDecimal={false}
            allowNegative={false}
            hideControls
          />
          <NumberInput
            label={texts.days}
            value={days}
            onChange={(next) => setDays(typeof next === 'number' && next > 0 ? next : 1)}
            min={1}
            max={daysMax}
            clampBehavior="strict"
            allowDecimal={false}
            allowNegative={false}
            hideControls
            w={90}
          />
        </Group>
        {estimate.isPending && <Loading />}
        {estimate.isError && (
          <ProblemNotice problem={estimate.error} onRetry={() => void estimate.refetch()} />
        )}
        {estimate.data !== undefined && <BillTable bill={estimate.data} />}
      </Stack>
    </Paper>
  )
}
