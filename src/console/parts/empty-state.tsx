/** Nothing is here yet: one sentence that says why, and one thing to do (lesson 9). */
import { Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import type { ReactNode } from 'react'

export function EmptyState({
  icon,
  title,
  about,
  action,
}: {
  readonly icon: ReactNode
  readonly title: string
  readonly about: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <Paper withBorder p="xl" radius="md">
      <Stack align="center" gap="sm" py="lg">
        <ThemeIcon size={48} radius="xl" variant="light" aria-hidden>
          {icon}
        </ThemeIcon>
        <Title order={2} size="h4" ta="center">
          {title}
        </Title>
        <Text c="dimmed" ta="center" maw={460}>
          {about}
        </Text>
        {action}
      </Stack>
    </Paper>
  )
}
