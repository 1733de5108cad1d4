/** A part of the overview: its title, the way to all of it, and what it shows. */
import { Group, Paper, Title } from '@mantine/core'
import type { ReactNode } from 'react'

export function Part({
  title,
  more,
  children,
}: {
  readonly title: string
  readonly more?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h5">
          {title}
        </Title>
        {more}
      </Group>
      {children}
    </Paper>
  )
}
