/** Which days are shown: a preset, or a first and a last day. */
import { Group, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { usePageWords } from '../../words/language.tsx'
import { meteringTexts } from '../../words/metering.ts'
import { type DayRange, presets, type RangeSearch, readRange } from './range.ts'

const own = 'own'

export function RangeChoice({
  search,
  days,
  onChange,
}: {
  readonly search: RangeSearch
  readonly days: DayRange
  readonly onChange: (search: RangeSearch) => void
}) {
  const texts = usePageWords(meteringTexts)
  const isOwn = search.from !== undefined
  const choose = (value: string | null) => {
    const range = presets.find((one) => one === value)
    onChange(range === undefined ? days : readRange({ range }))
  }
  return (
    <Group align="flex-end">
      <Select
        label={texts.range}
        value={isOwn ? own : (search.range ?? 'last30')}
        onChange={choose}
        data={[
          ...presets.map((value) => ({ value, label: texts.ranges[value] })),
          { value: own, label: texts.own },
        ]}
        allowDeselect={false}
        w={170}
      />
      {isOwn && <OwnRange days={days} onChange={onChange} />}
    </Group>
  )
}

function OwnRange({
  days,
  onChange,
}: {
  readonly days: DayRange
  readonly onChange: (search: RangeSearch) => void
}) {
  const texts = usePageWords(meteringTexts)
  const [typed, setTyped] = useState(days)
  const change = (part: Partial<DayRange>) => {
    const next = { ...typed, ...part }
    setTyped(next)
    const range = readRange(next)
    // While a day is being typed, what was shown stays.
    if (range.from !== undefined && next.from <= next.until) onChange(range)
  }
  const isWrong = typed.from !== '' && typed.until !== '' && typed.from > typed.until
  return (
    <>
      <TextInput
        type="date"
        label={texts.from}
        value={typed.from}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={texts.until}
        value={typed.until}
        error={isWrong && texts.wrongRange}
        onChange={(event) => change({ until: event.currentTarget.value })}
      />
    </>
  )
}
