/** Metered days, the newest first; each opens what it is made of: its items, and the machines with their capacity. */
import { Stack, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { MeteredDay } from '#contract'
import { SidePanel } from '../../parts/dialog.tsx'
import { Bytes, Count, Instant } from '../../parts/formats.tsx'
import { ObjectName } from '../../parts/object-name.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { usePageWords } from '../../words/language.tsx'
import { meteringTexts } from '../../words/metering.ts'
import { type Amounts, useAmounts } from './amounts.ts'

type Part = MeteredDay['instances'][number]

export function DayList({ days }: { readonly days: readonly MeteredDay[] }) {
  const texts = usePageWords(meteringTexts)
  const amounts = useAmounts()
  const [opened, open] = useState<MeteredDay>()
  const newestFirst = useMemo(() => days.toReversed(), [days])
  return (
    <>
      <Rows
        label={texts.days.title}
        columns={dayColumns(texts, amounts)}
        rows={newestFirst}
        keyOf={({ date }) => date}
        onOpen={open}
        height="50vh"
      />
      {opened !== undefined && <DayDrawer day={opened} onClose={() => open(undefined)} />}
    </>
  )
}

function dayColumns(
  { days, items: names }: typeof meteringTexts.en,
  amounts: Amounts,
): readonly Column<MeteredDay>[] {
  return [
    {
      key: 'date',
      title: days.date,
      width: 'minmax(116px, 1fr)',
      cell: ({ date }) => (
        <Text size="sm" fw={600}>
          <time dateTime={date}>{amounts.day(date)}</time>
        </Text>
      ),
    },
    {
      key: 'capacity',
      title: days.capacity,
      width: 'minmax(80px, 1fr)',
      align: 'end',
      cell: ({ capacityBytes }) => <Bytes value={capacityBytes} />,
    },
    {
      key: 'free',
      title: days.free,
      width: '100px',
      align: 'end',
      wideOnly: true,
      cell: ({ freeUsedBytes }) => <Bytes value={freeUsedBytes} />,
    },
    {
      key: 'billable',
      title: days.billable,
      width: 'minmax(76px, 1fr)',
      align: 'end',
      cell: ({ billableBytes }) => <Bytes value={billableBytes} />,
    },
    {
      key: 'instances',
      title: days.instances,
      width: '90px',
      align: 'end',
      wideOnly: true,
      cell: ({ instances }) => <Count value={instances.length} />,
    },
    {
      key: 'others',
      title: days.others,
      width: 'minmax(120px, 2fr)',
      wideOnly: true,
      cell: ({ items }) => {
        const said = items
          .filter(({ item }) => item !== 'ESSENTIAL_CAPACITY')
          .map(({ item, used }) => `${names[item].name}: ${amounts.ofDay(item, used)}`)
          .join(' · ')
        return <span title={said}>{said}</span>
      },
    },
  ]
}

function DayDrawer({ day, onClose }: { readonly day: MeteredDay; readonly onClose: () => void }) {
  const texts = usePageWords(meteringTexts)
  const amounts = useAmounts()
  return (
    <SidePanel onClose={onClose} size="lg" title={amounts.day(day.date)}>
      <Stack>
        <Stack gap={4}>
          {day.items.map(({ item, used }) => (
            <Text key={item} size="sm">
              {texts.items[item].name}: <b>{amounts.ofDay(item, used)}</b>
            </Text>
          ))}
          <Text size="sm">
            {texts.day.remaining}: <Bytes value={day.freeRemainingBytes} />
          </Text>
        </Stack>
        {day.instances.length === 0 ? (
          <Text size="sm" c="dimmed">
            {texts.day.none}
          </Text>
        ) : (
          <Rows
            label={texts.day.parts}
            columns={partColumns(texts)}
            rows={day.instances}
            keyOf={({ instanceId }) => instanceId}
            height="60vh"
          />
        )}
      </Stack>
    </SidePanel>
  )
}

function partColumns({ day }: typeof meteringTexts.en): readonly Column<Part>[] {
  return [
    {
      key: 'instance',
      title: day.machine,
      width: 'minmax(0, 2fr)',
      cell: ({ instanceId }) => <ObjectName id={instanceId} />,
    },
    {
      key: 'capacity',
      title: day.capacity,
      width: '90px',
      align: 'end',
      cell: ({ capacityBytes }) => <Bytes value={capacityBytes} />,
    },
    {
      key: 'measured',
      title: day.measured,
      width: 'minmax(142px, 1.4fr)',
      cell: ({ measuredAt }) => <Instant at={measuredAt} />,
    },
  ]
}
