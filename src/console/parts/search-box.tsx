/** A field that a list is searched by; it asks when the typing rests. */
import { CloseButton, type StyleProp, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useWords } from '../words/language.tsx'
import { useTypedText } from './typed.ts'

export function SearchBox({
  label,
  hint,
  value,
  onChange,
  maxLength = 200,
  w = { base: '100%', xs: 240 },
}: {
  readonly label: string
  readonly hint: string
  readonly value: string | undefined
  readonly onChange: (text: string) => void
  readonly maxLength?: number
  readonly w?: StyleProp<number | string>
}) {
  const { everywhere } = useWords()
  const { text, type } = useTypedText(value, onChange)
  return (
    <TextInput
      aria-label={label}
      placeholder={hint}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? null : (
          <CloseButton size="sm" aria-label={everywhere.clear} onClick={() => type('')} />
        )
      }
      maxLength={maxLength}
      w={w}
      maw="100%"
    />
  )
}
