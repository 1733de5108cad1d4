/** A time of day, as the browser lets people type one. */
import { Input } from '@mantine/core'
import { useId } from 'react'

export function TimeInput({
  label,
  about,
  value,
  onChange,
}: {
  readonly label: string
  readonly about: string
  /** `HH:MM`; empty while it is being typed. */
  readonly value: string
  readonly onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <Input.Wrapper label={label} description={about} id={id}>
      <Input
        id={id}
        type="time"
        required
        value={value}
        onChange={(event) => onChange(event.currentTarget.value.slice(0, 5))}
        maw={160}
      />
    </Input.Wrapper>
  )
}
