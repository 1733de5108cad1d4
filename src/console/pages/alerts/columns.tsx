/** What the list of alerts shows of each. */
import { Badge, Box, Group, Text } from '@mantine/core'
import type { Alert } from '#contract'
import { Instant } from '../../parts/formats.tsx'
import { ObjectName } from '../../parts/object-name.tsx'
import type { Column } from '../../parts/rows.tsx'
import type { alertsEnglish } from '../../words/alerts.ts'
import { LevelBadge } from './level-badge.tsx'

export function alertColumns(texts: typeof alertsEnglish): readonly Column<Alert>[] {
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
      cell: (alert) => <What alert={alert} texts={texts} />,
    },
    {
      key: 'where',
      title: columns.where,
      width: 'minmax(0, 1fr)',
      wideOnly: true,
      cell: ({ instanceId }) => (instanceId === undefined ? '—' : <ObjectName id={instanceId} />),
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
      width: '150px',
      wideOnly: true,
      align: 'end',
      cell: ({ at }) => <Instant at={at} />,
    },
  ]
}

/** With what wide screens have columns for, where there are none. */
function What({ alert, texts }: { readonly alert: Alert; readonly texts: typeof alertsEnglish }) {
  const { readAt, title, endedAt, at } = alert
  const isUnread = readAt === undefined
  return (
    <div>
      <Group gap={8} wrap="nowrap">
        {isUnread && (
          <Box role="img" aria-label={texts.isUnread} w={8} h={8} bg="teal" bdrs="xl" flex="none" />
        )}
        <Text size="sm" fw={isUnread ? 700 : 400} truncate dir="auto" title={title}>
          {title}
        </Text>
      </Group>
      <Text size="xs" c="dimmed" truncate hiddenFrom="sm" component="div">
        {endedAt === undefined ? texts.stands : texts.over} · <Instant at={at} />
      </Text>
    </div>
  )
}
