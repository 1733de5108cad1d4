/** What differs between this point and an earlier one of the same source. */
import { Badge, Select, Stack } from '@mantine/core'
import { IconEqual } from '@tabler/icons-react'
import { useCallback, useState } from 'react'
import { type EntryChange, type Point, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { SidePanel } from '../../parts/dialog.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { EntryName } from '../../parts/entry-name.tsx'
import { Bytes, formatInstant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'
import { folderOf } from './folder-search.ts'

const colors = { added: 'teal', removed: 'red', changed: 'blue', unread: 'yellow' } as const

export function ComparePanel({
  point,
  onClose,
}: {
  readonly point: Point
  readonly onClose: () => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { locale } = useLanguage()
  const versions = usePages(routes.versions.list, {
    path: { instanceId: point.instanceId },
    query: { limit: 200 },
  })
  const earlier = versions.items
    .flatMap(({ points }) => points)
    .filter((one) => one.path === point.path && one.vaultId === point.vaultId)
    .filter(({ createdAt }) => createdAt < point.createdAt)
  const [chosen, setChosen] = useState<string>()
  const since = chosen ?? earlier[0]?.pointId
  return (
    <SidePanel onClose={onClose} size="xl" title={words.compareTitle}>
      <Stack>
        {earlier.length === 0 && !versions.isPending && (
          <EmptyState icon={<IconEqual />} title={words.noEarlier} about={null} />
        )}
        {since !== undefined && (
          <>
            <Select
              label={words.earlier}
              allowDeselect={false}
              data={earlier.map(({ pointId, createdAt }) => ({
                value: pointId,
                label: formatInstant(createdAt, locale),
              }))}
              value={since}
              onChange={(value) => setChosen(value ?? undefined)}
            />
            <Changes point={point} since={since} key={since} />
          </>
        )}
      </Stack>
    </SidePanel>
  )
}

function Changes({ point, since }: { readonly point: Point; readonly since: string }) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { vaultId, pointId } = point
  const changes = usePages(routes.points.diff, {
    path: { vaultId, pointId },
    query: { since, limit: 200 },
  })
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = changes
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])
  if (changes.isPending) return <Loading />
  if (changes.isError) return <ProblemNotice problem={changes.error} onRetry={changes.refetch} />
  if (changes.items.length === 0 && !hasNextPage)
    return <EmptyState icon={<IconEqual />} title={words.noChange} about={words.noChangeAbout} />
  return (
    <Rows<EntryChange>
      label={words.compareTitle}
      rows={changes.items}
      keyOf={({ path }) => path}
      onEnd={onEnd}
      height="60vh"
      columns={[
        {
          key: 'change',
          title: words.changeColumn,
          width: '84px',
          cell: ({ change }) => (
            <Badge variant="light" color={colors[change]}>
              {words.change[change]}
            </Badge>
          ),
        },
        {
          key: 'path',
          title: words.columns.name,
          width: 'minmax(0, 1fr)',
          cell: ({ path, before, after }) => {
            const entry = after ?? before
            // What was backed up itself has no name in its point.
            if (entry === undefined || entry.name === '') return <PathName path={path} />
            return (
              <Stack gap={0}>
                <EntryName name={entry.name} />
                <PathName path={folderOf(path)} fz="xs" c="dimmed" />
              </Stack>
            )
          },
        },
        {
          key: 'size',
          title: words.columns.size,
          width: '76px',
          align: 'end',
          cell: ({ after, before }) => {
            const entry = after ?? before
            return entry?.kind === 'file' && <Bytes value={entry.size} />
          },
        },
      ]}
    />
  )
}
