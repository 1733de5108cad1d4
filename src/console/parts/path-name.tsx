/** A path on one line. Where there is little room its beginning gives way: the end says the most. */
import { Text, type TextProps, Tooltip } from '@mantine/core'
import type { Entry } from '#contract'
import { shownName } from './entry-name.tsx'

export function PathName({
  path,
  ...look
}: Pick<TextProps, 'fz' | 'fw' | 'c' | 'maw' | 'className'> & { readonly path: Entry['path'] }) {
  const text = shownName(path)
  return (
    <Tooltip label={text} openDelay={500} multiline maw={480}>
      <Text span inherit truncate display="block" ta="left" style={cutAtStart} {...look}>
        <bdi dir="ltr">{text}</bdi>
      </Text>
    </Tooltip>
  )
}

// Text is cut where its line ends. Inside, a path goes from left to right, whatever its names are written in.
const cutAtStart = { direction: 'rtl' } as const
