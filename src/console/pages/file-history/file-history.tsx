/** What became of one file over all points of its machine; each state of it can be looked at, taken and brought back. */
import { Badge, Text, Tooltip } from '@mantine/core'
import { IconHistoryOff } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { type FileVersion, routes } from '#contract'
import { useMore } from '../../api/more.ts'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { shownName } from '../../parts/entry-name.tsx'
import { Bytes, Count, Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ObjectName, useNameOf } from '../../parts/object-name.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { pathFromWire } from '../../parts/wire-paths.ts'
import { findFilesTexts } from '../../words/find-files.ts'
import { useLanguage, usePageWords, useWords } from '../../words/language.tsx'
import { EntryMenu, useEntryDialogs } from '../point/entry-menu.tsx'
import { type FileState, type ToldVersion, toldVersions } from './versions.ts'

const route = getRouteApi('/instances/$instanceId/file')
const pageItems = 200

export function FileHistoryPage() {
  const { instanceId } = route.useParams()
  const { path } = route.useSearch()
  const words = usePageWords(findFilesTexts)
  const { nav } = useWords()
  const host = useNameOf(instanceId)
  const shown = shownName(pathFromWire(path))
  return (
    <Page
      title={words.historyOf(shown.slice(shown.lastIndexOf('/') + 1))}
      about={
        <>
          <Text span inherit className="mono" dir="auto">
            {shown}
          </Text>
          <br />
          {words.about}
        </>
      }
      crumbs={[
        { name: nav.instances, to: '/instances' },
        { name: host, to: `/instances/${instanceId}` },
      ]}
    >
      <Versions key={path} instanceId={instanceId} path={path} />
    </Page>
  )
}

function Versions({ instanceId, path }: { readonly instanceId: string; readonly path: string }) {
  const words = usePageWords(findFilesTexts)
  const { locale } = useLanguage()
  const dialogs = useEntryDialogs()
  const list = usePages(routes.points.fileHistory, {
    path: { instanceId },
    query: { path, limit: pageItems },
  })
  const { items, hasNextPage, isError } = list
  const columns = useVersionColumns(items, dialogs.open)
  const onEnd = useMore(list)
  if (isError && items.length === 0)
    return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  if (list.isPending || (items.length === 0 && hasNextPage))
    return <Loading about={words.looking} />
  if (items.length === 0)
    return (
      <EmptyState
        icon={<IconHistoryOff size={24} />}
        title={words.noHistory}
        about={words.noHistoryAbout}
      />
    )
  const count = new Intl.NumberFormat(locale).format(items.length)
  return (
    <>
      <Text size="sm" c="dimmed" role="status">
        {words.told(items.length, count, !hasNextPage)}
      </Text>
      <Rows
        label={words.versions}
        columns={columns}
        rows={toldVersions(items, !hasNextPage)}
        keyOf={keyOf}
        onEnd={onEnd}
        height="calc(100vh - 300px)"
      />
      {isError && <ProblemNotice problem={list.error} onRetry={() => void list.fetchNextPage()} />}
      {dialogs.dialog}
    </>
  )
}

const keyOf = ({ vaultId, lastPointId }: FileVersion) => `${vaultId} ${lastPointId}`

const colors: Readonly<Record<FileState, string>> = {
  first: 'teal',
  changed: 'blue',
  rights: 'blue',
  same: 'gray',
  back: 'teal',
  gone: 'red',
  unread: 'yellow',
}

function useVersionColumns(
  versions: readonly FileVersion[],
  onOpen: ReturnType<typeof useEntryDialogs>['open'],
): readonly Column<ToldVersion>[] {
  const { historyColumns: columns } = usePageWords(findFilesTexts)
  const isOneVault = versions.every(({ vaultId }) => vaultId === versions[0]?.vaultId)
  return [
    {
      key: 'last',
      title: columns.last,
      width: 'minmax(90px, 1fr)',
      cell: ({ lastAt, vaultId }) => (
        <>
          <Instant at={lastAt} />
          {!isOneVault && <ObjectName id={vaultId} size="xs" c="dimmed" />}
        </>
      ),
    },
    {
      key: 'first',
      title: columns.first,
      width: 'minmax(110px, 1fr)',
      wideOnly: true,
      cell: ({ firstAt }) => <Instant at={firstAt} />,
    },
    {
      key: 'points',
      title: columns.points,
      width: '80px',
      wideOnly: true,
      align: 'end',
      cell: ({ pointCount }) => <Count value={pointCount} />,
    },
    {
      key: 'state',
      title: columns.state,
      width: 'minmax(100px, 1fr)',
      cell: ({ state }) => state && <StateBadge state={state} />,
    },
    {
      key: 'modified',
      title: columns.modified,
      width: 'minmax(110px, 1fr)',
      wideOnly: true,
      cell: ({ entry }) => entry && <Instant at={entry.modifiedAt} />,
    },
    {
      key: 'size',
      title: columns.size,
      width: '80px',
      align: 'end',
      cell: ({ entry }) => entry && <Bytes value={entry.size} />,
    },
    {
      key: 'actions',
      title: '',
      width: '28px',
      cell: ({ vaultId, lastPointId, entry }) =>
        entry && <EntryMenu placed={{ vaultId, pointId: lastPointId, entry }} onOpen={onOpen} />,
    },
  ]
}

function StateBadge({ state }: { readonly state: FileState }) {
  const { states, statesAbout } = usePageWords(findFilesTexts)
  return (
    <Tooltip label={statesAbout[state]}>
      <Badge variant="light" color={colors[state]} tt="none">
        {states[state]}
      </Badge>
    </Tooltip>
  )
}
