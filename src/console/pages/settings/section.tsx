/** A part of the settings: its title, what it is about, and lines of names and values. */
import { Group, Paper, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

export function Section({
  title,
  about,
  children,
}: {
  readonly title: string
  readonly about?: string
  readonly children: ReactNode
}) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      {about !== undefined && (
        <Text size="sm" c="dimmed" mt={4}>
          {about}
        </Text>
      )}
      <div style={{ marginTop: 'var(--mantine-spacing-sm)' }}>{children}</div>
    </Paper>
  )
}

export function Line({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Group align="baseline" mih={30} mb={4} style={{ gap: '0 var(--mantine-spacing-sm)' }}>
      <Text size="sm" c="dimmed" w={{ base: '100%', xs: 190 }}>
        {name}
      </Text>
      <Text size="sm" component="div" flex={1} miw={0} style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </Group>
  )
}
