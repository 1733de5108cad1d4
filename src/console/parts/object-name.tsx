/** What an object is called, where only its id is known. */
import { Text, type TextProps } from '@mantine/core'
import { type Naming, useNaming } from '../api/names.ts'
import { usePageWords } from '../words/language.tsx'
import { namesTexts } from '../words/names.ts'

const shownDigits = 6

/** For sentences and labels. What was removed is told apart by the end of its id when its name is gone as well. */
export function useNameOf(id: string | undefined): string {
  const naming = useNaming(id)
  const texts = usePageWords(namesTexts)
  return shownName(id, naming, texts)
}

function shownName(id: string | undefined, naming: Naming, texts: typeof namesTexts.en): string {
  if (id === undefined || naming.kind === 'asking') return texts.asking
  if (naming.kind === 'unknown') return shortId(id)
  if (naming.kind === 'nameless') return texts.removed(shortId(id))
  return naming.isRemoved ? texts.removed(naming.name) : naming.name
}

export function shortId(id: string): string {
  return `…${id.slice(-shownDigits)}`
}

/** In one line, cut where there is no room, and whole on hover. */
export function ObjectName({ id, ...look }: { readonly id: string } & TextProps) {
  const name = useNameOf(id)
  return (
    <Text size="sm" truncate {...look} title={name} dir="auto">
      {name}
    </Text>
  )
}
