/** Text to be used elsewhere, with a button that copies it. */
import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useWords } from '../words/language.tsx'

export function CopiedText({ label, text }: { readonly label: string; readonly text: string }) {
  const { everywhere } = useWords()
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="light"
              onClick={copy}
              leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            >
              {copied ? everywhere.copied : everywhere.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code
        block
        aria-label={label}
        tabIndex={0}
        style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
      >
        {text}
      </Code>
    </Stack>
  )
}
