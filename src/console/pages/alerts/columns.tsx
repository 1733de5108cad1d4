/** What the list of alerts shows of each. */
import { Badge, Box, Group, Text } from '@mantine/core'
import type { Alert } from '#contract'
import { Instant } from '../../parts/formats.tsx'
import type { Column } from '../../parts/rows.tsx'
import type { alertsEnglish } from '../../words/alerts.ts'
import { LevelBadge } from './level-badge.tsx'

export function alertColumns(
  texts: typeof alertsEnglish,
  nameOf: (id: string) => string,
): readonly Column<Alert>[] {
  const { columns } = texts
  return [
    {
      key: 'level',
      title: columns.level,
      width: '84px',
      cell: ({ level }) => <LevelBadge level={level} />,
    },
    {
      key: 'what',
      title: columns.what,
      width: 'minmax(0, 3fr)',
      cell: (alert) => <What alert={alert} unread={texts.isUnread} />,
    },
    {
      key: 'where',
      title: columns.where,
      width: 'minmax(0, 1fr)',
      wideOnly: true,
      cell: ({ instanceId }) =>
        instanceId === undefined ? '—' : <span dir="auto">{nameOf(instanceId)}</span>,
    },
    {
      key: 'state',
      title: columns.state,
      width: '110px',
      wideOnly: true,
      cell: ({ endedAt }) => (
        <Badge
          variant={endedAt === undefined ? 'outline' : 'light'}
          color={endedAt === undefined ? 'orange' : 'gray'}
          tt="none"
        >
          {endedAt === undefined ? texts.stands : texts.over}
        </Badge>
      ),
    },
    {
      key: 'at',
      title: columns.at,
      width: 'minmax(86px, 140px)',
      align: 'end',
      cell: ({ at }) => <Instant at={at} />,
    },
  ]
}

function What({ alert, unread }: { readonly alert: Alert; readonly unread: string }) {
  const isUnread = alert.readAt === undefined
  return (
    <Group gap={8} wrap="nowrap">
      {isUnread && (
        <Box role="img" aria-label={unread} w={8} h={8} bg="teal" bdrs="xl" flex="none" />
      )}
      <Text size="sm" fw={isUnread ? 700 : 400} truncate dir="auto" title={alert.title}>
        {alert.title}
      </Text>
    </Group>
  )
}
