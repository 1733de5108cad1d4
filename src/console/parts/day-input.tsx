/** A day of a filter, with its name inside of the field: a row of filters stays one row. */
import { Input } from '@mantine/core'
import { useTypedDay } from './typed.ts'

export function DayInput({
  label,
  name = label,
  value,
  min,
  max,
  onChange,
}: {
  readonly label: string
  /** What it says by itself, where the label is cut short. */
  readonly name?: string
  readonly value: string | undefined
  readonly min?: string | undefined
  readonly max?: string | undefined
  /** '' is none. */
  readonly onChange: (day: string) => void
}) {
  return (
    <Input
      {...useTypedDay(value, onChange)}
      aria-label={name}
      title={name}
      leftSection={label}
      leftSectionWidth={64}
      leftSectionProps={{ style: { fontSize: 'var(--mantine-font-size-xs)' } }}
      min={min}
      max={max}
      w={{ base: '100%', xs: 200 }}
    />
  )
}
