/** Tags to type: each is a name, or a name and a value. */
import { TagsInput } from '@mantine/core'
import { tagsMax } from '#contract'
import { usePageWords } from '../words/language.tsx'
import { tagsTexts } from '../words/tags.ts'
import { parseTags } from './tags.ts'

export function TagsField({
  value,
  onChange,
}: {
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
}) {
  const words = usePageWords(tagsTexts)
  return (
    <TagsInput
      label={words.label}
      placeholder={value.length === 0 ? words.hint : ''}
      value={[...value]}
      onChange={onChange}
      maxTags={tagsMax}
      error={parseTags(value) === undefined ? words.bad : undefined}
    />
  )
}
