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
import { useNameOf } from '../../parts/object-name.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { pathFromWire } from '../../parts/wire-paths.ts'
import { findFilesTexts } from '../../words/find-files.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
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
  const dialogs = useEntryDialogs()
  const columns = useVersionColumns(dialogs.open)
  const list = usePages(routes.points.fileHistory, {
    path: { instanceId },
    query: { path, limit: pageItems },
  })
  // They are told the oldest first, and what people look for is the newest.
  const onEnd = useMore(list, true)
  if (list.isError) return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  if (list.isPending || list.hasNextPage)
    return (
      <>
        <Loading />
        <Text c="dimmed" ta="center">
          {words.looking}
        </Text>
      </>
    )
  if (!list.items.some(({ entry, unread }) => entry !== undefined || unread))
    return (
      <EmptyState
        icon={<IconHistoryOff size={24} />}
        title={words.noHistory}
        about={words.noHistoryAbout}
      />
    )
  return (
    <>
      <Rows
        label={words.versions}
        columns={columns}
        rows={toldVersions(list.items)}
        keyOf={keyOf}
        onEnd={onEnd}
      />
      {dialogs.dialog}
    </>
  )
}

const keyOf = ({ vaultId, firstPointId }: FileVersion) => `${vaultId} ${firstPointId}`

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
  onOpen: ReturnType<typeof useEntryDialogs>['open'],
): readonly Column<ToldVersion>[] {
  const { historyColumns: columns, states, statesAbout } = usePageWords(findFilesTexts)
  return [
    {
      key: 'last',
      title: columns.last,
      width: 'minmax(90px, 1fr)',
      cell: ({ lastAt }) => <Instant at={lastAt} />,
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
      cell: ({ state }) => (
        <Tooltip label={statesAbout[state]}>
          <Badge variant="light" color={colors[state]} tt="none">
            {states[state]}
          </Badge>
        </Tooltip>
      ),
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
