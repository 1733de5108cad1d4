/** In which folder an entry stands. Where there is little room the middle of the path gives way: its end says the most. */
import { Group, Text, Tooltip } from '@mantine/core'
import type { Entry } from '#contract'
import { shownName } from './entry-name.tsx'

export function FolderName({ path }: { readonly path: Entry['path'] }) {
  const text = shownName(path)
  const end = text.lastIndexOf('/')
  return (
    <Tooltip label={text} openDelay={500} multiline maw={480}>
      <Group gap={0} wrap="nowrap" fz="xs" c="dimmed">
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
