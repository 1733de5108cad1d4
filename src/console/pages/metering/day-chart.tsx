/** What each day used of one item, as bars: drawn here, so that no library of charts is fetched. The table says the same. */
import { Box, Group, Paper, Select, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { MeteredDay } from '#contract'
import { usePageWords } from '../../words/language.tsx'
import { meteringTexts } from '../../words/metering.ts'
import { type Amounts, type Item, useAmounts } from './amounts.ts'

const essential = 'ESSENTIAL_CAPACITY'
const heightPx = 180
/** Of the room that a day has. */
const barShare = 0.78
const freeColor = 'var(--mantine-color-gray-5)'
const usedColor = 'var(--mantine-color-teal-7)'

/** Two parts of a bar, the lower one first. */
type Bar = { readonly date: string; readonly free: number; readonly rest: number }

export function DayChart({ days }: { readonly days: readonly MeteredDay[] }) {
  const texts = usePageWords(meteringTexts)
  const amounts = useAmounts()
  const items = itemsOf(days)
  const [chosen, choose] = useState<Item>()
  const item = items.find((one) => one === chosen) ?? items[0] ?? essential
  const isEssential = item === essential
  const { chart } = texts
  const legend = isEssential
    ? [
        { name: chart.free, color: freeColor },
        { name: chart.billable, color: usedColor },
      ]
    : [{ name: chart.used, color: usedColor }]
  return (
    <Paper withBorder p="md" component="section" aria-label={chart.title}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h5">
            {chart.title}
          </Title>
          <Select
            aria-label={texts.item}
            data={items.map((value) => ({ value, label: texts.items[value].name }))}
            value={item}
            onChange={(next) => choose(items.find((one) => one === next))}
            allowDeselect={false}
            size="xs"
            w={230}
          />
        </Group>
        <Text size="sm" c="dimmed">
          {texts.items[item].means}
        </Text>
        <Bars bars={days.map((day) => barOf(day, item))} item={item} amounts={amounts} />
        <Group gap="md">
          {legend.map(({ name, color }) => (
            <Group key={name} gap={6}>
              <Box w={10} h={10} bg={color} style={{ borderRadius: 2 }} />
              <Text size="xs">{name}</Text>
            </Group>
          ))}
        </Group>
      </Stack>
    </Paper>
  )
}

/** The capacity is there also when it is nothing: it is what the account has from its first day. */
function itemsOf(days: readonly MeteredDay[]): readonly Item[] {
  const used = new Set(days.flatMap((day) => day.items.map(({ item }) => item)))
  used.delete(essential)
  return [essential, ...used]
}

function barOf(day: MeteredDay, item: Item): Bar {
  const { date, freeUsedBytes, billableBytes } = day
  if (item === essential) return { date, free: freeUsedBytes, rest: billableBytes }
  const used = day.items.find((one) => one.item === item)?.used ?? 0n
  return { date, free: 0, rest: Number(used) }
}

function Bars({
  bars,
  item,
  amounts,
}: {
  readonly bars: readonly Bar[]
  readonly item: Item
  readonly amounts: Amounts
}) {
  const { chart, items } = usePageWords(meteringTexts)
  const max = Math.max(0, ...bars.map(({ free, rest }) => free + rest))
  const [first, last] = [bars[0]?.date, bars.at(-1)?.date]
  if (first === undefined || last === undefined) return null
  const shown = (value: number) => amounts.ofDay(item, BigInt(value))
  const room = 100 / bars.length
  const scale = Math.max(1, max)
  const percent = (value: number) => `${value}%`
  const label = chart.label(items[item].name, amounts.day(first), amounts.day(last), shown(max))
  return (
    <div>
      <Text size="xs" c="dimmed">
        {shown(max)}
      </Text>
      <svg width="100%" height={heightPx} role="img" aria-label={label}>
        {[0, 50, 100].map((at) => (
          <line
            key={at}
            x1="0"
            x2="100%"
            y1={percent(at)}
            y2={percent(at)}
            stroke="var(--mantine-color-default-border)"
          />
        ))}
        {bars.map(({ date, free, rest }, i) => {
          const low = (free / scale) * 100
          const high = (rest / scale) * 100
          const place = { x: percent(i * room), width: percent(room * barShare) }
          return (
            <g key={date}>
              <title>{`${amounts.day(date)}: ${shown(free + rest)}`}</title>
              <rect {...place} y={percent(100 - low)} height={percent(low)} fill={freeColor} />
              <rect
                {...place}
                y={percent(100 - low - high)}
                height={percent(high)}
                fill={usedColor}
              />
            </g>
          )
        })}
      </svg>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {amounts.day(first)}
        </Text>
        {last !== first && (
          <Text size="xs" c="dimmed">
            {amounts.day(last)}
          </Text>
        )}
      </Group>
    </div>
  )
}
