/** A path on one line. Where there is little room its middle gives way: the end says the most. */
import { Group, type GroupProps, Text, Tooltip } from '@mantine/core'
import type { Entry } from '#contract'
import { shownName } from './entry-name.tsx'

export function PathName({
  path,
  ...look
}: Pick<GroupProps, 'fz' | 'fw' | 'c' | 'maw' | 'className'> & { readonly path: Entry['path'] }) {
  const text = shownName(path)
  const end = Math.max(0, text.lastIndexOf('/'))
  return (
    <Tooltip label={text} openDelay={500} multiline maw={480}>
      <Group gap={0} wrap="nowrap" miw={0} {...look}>
        <Text inherit truncate dir="auto" miw={0}>
          {text.slice(0, end)}
        </Text>
        <Text inherit truncate dir="auto" maw="75%" style={{ flexShrink: 0 }}>
          {text.slice(end)}
        </Text>
      </Group>
    </Tooltip>
  )
}
