/** A calendar of backups: a square for each day, coloured by the worst of the day. One tab stop; arrows go from day to day. */
import { Box, Group, Text, Tooltip, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { type KeyboardEvent, useMemo } from 'react'
import { useNow } from '../../parts/formats.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { calendarWeeks, type Day, type DayStatus, worstOf } from './history-days.ts'

const colors: Readonly<Record<DayStatus, string>> = {
  complete: 'var(--mantine-color-teal-6)',
  partial: 'var(--mantine-color-yellow-5)',
  failed: 'var(--mantine-color-red-6)',
}
const nothing = 'light-dark(var(--mantine-color-gray-2), var(--mantine-color-dark-5))'
const square = { width: 14, height: 14, borderRadius: 3 } as const
const weeksShown = { wide: 53, narrow: 18 } as const

type Backup = { readonly createdAt: number; readonly status: DayStatus }

export function HeatMap({
  backups,
  chosen,
  onChoose,
}: {
  readonly backups: readonly Backup[]
  /** The midnight of a day. */
  readonly chosen: number | undefined
  readonly onChoose: (at: number | undefined) => void
}) {
  const { history } = usePageWords(instanceTexts)
  const isNarrow = useMediaQuery('(max-width: 68em)') ?? false
  const now = useNow()
  const weeks = useMemo(
    () => calendarWeeks(backups, { now, weeks: isNarrow ? weeksShown.narrow : weeksShown.wide }),
    [backups, now, isNarrow],
  )
  const days = weeks.flat().filter((day) => worstOf(day) !== undefined)
  const stop = days.find(({ at }) => at === chosen)?.at ?? days.at(-1)?.at
  return (
    <Box>
      <Group role="group" aria-label={history.calendar} gap={3} wrap="nowrap" onKeyDown={moveFocus}>
        {weeks.map((week, i) => (
          <Box key={week[0]?.at ?? i} pos="relative" pt={20}>
            <MonthName week={week} previous={weeks[i - 1]} />
            {week.map((day) => (
              <DaySquare
                key={day.at}
                day={day}
                isStop={day.at === stop}
                isChosen={day.at === chosen}
                onChoose={() => onChoose(day.at === chosen ? undefined : day.at)}
              />
            ))}
          </Box>
        ))}
      </Group>
      <Legend />
    </Box>
  )
}

/** Above the first week of a month. */
function MonthName({
  week,
  previous,
}: {
  readonly week: readonly Day[]
  readonly previous: readonly Day[] | undefined
}) {
  const { locale } = useLanguage()
  const [first] = week
  const month = (day: Day | undefined) => day && new Date(day.at).getMonth()
  if (first === undefined || previous === undefined || month(previous[0]) === month(first))
    return null
  return (
    <Text size="xs" c="dimmed" pos="absolute" top={0} left={0} lh={1.2} style={monthStyle}>
      {new Intl.DateTimeFormat(locale, { month: 'short' }).format(first.at)}
    </Text>
  )
}
const monthStyle = { whiteSpace: 'nowrap' } as const

/** From one day that has something to the next. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const days = [...event.currentTarget.querySelectorAll<HTMLElement>('button')]
  const at = days.findIndex((day) => day.matches(':focus'))
  const next = days[at + step]
  if (at < 0 || next === undefined) return
  event.preventDefault()
  next.focus()
}

function DaySquare({
  day,
  isStop,
  isChosen,
  onChoose,
}: {
  readonly day: Day
  readonly isStop: boolean
  readonly isChosen: boolean
  readonly onChoose: () => void
}) {
  const { history } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  const status = worstOf(day)
  if (status === undefined) return <Box mb={3} style={{ ...square, background: nothing }} />
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(day.at)
  const { complete, partial, failed } = day.counts
  const says = history.day(date, complete, partial, failed)
  return (
    <Tooltip label={says}>
      <UnstyledButton
        aria-label={says}
        aria-pressed={isChosen}
        tabIndex={isStop ? 0 : -1}
        onClick={onChoose}
        mb={3}
        display="block"
        style={{
          ...square,
          background: colors[status],
          ...(isChosen ? { outline: '2px solid var(--mantine-color-text)', outlineOffset: 1 } : {}),
        }}
      />
    </Tooltip>
  )
}

function Legend() {
  const { history } = usePageWords(instanceTexts)
  const lines = [
    ...(['complete', 'partial', 'failed'] as const).map((status) => ({
      name: history.legend[status],
      color: colors[status],
    })),
    { name: history.none, color: nothing },
  ]
  return (
    <Group gap="md" mt="xs">
      {lines.map(({ name, color }) => (
        <Group key={name} gap={6}>
          <Box style={{ ...square, background: color }} aria-hidden />
          <Text size="xs" c="dimmed">
            {name}
          </Text>
        </Group>
      ))}
    </Group>
  )
}
