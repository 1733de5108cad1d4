/** A file name as it is: bytes that are no text, and characters that do not show, are shown as escapes and do nothing (A18). */
import { Text, Tooltip } from '@mantine/core'
import { displayName } from '#base'
import type { Entry } from '#contract'

const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** @param name a path or a name as the contract has it: one character for each byte */
export function shownName(name: Entry['name']): string {
  return displayName(name).replace(
    hidden,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

export function EntryName({ name }: { readonly name: Entry['name'] }) {
  const text = shownName(name)
  return (
    <Tooltip label={text} openDelay={500} multiline maw={480}>
      <Text span inherit truncate dir="auto">
        {text}
      </Text>
    </Tooltip>
  )
}
