/** The entries of a folder, or what a search found: virtual, and asked for page by page, whatever the size of the point. */
import {
  ActionIcon,
  Box,
  Checkbox,
  Group,
  Stack,
  Text,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core'
import {
  IconAlertTriangle,
  IconEye,
  IconFile,
  IconFolder,
  IconFolderOff,
  IconHistory,
  IconLink,
  IconSearchOff,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type SyntheticEvent, useState } from 'react'
import { type Entry, type InstanceId, pathToText, routes } from '#contract'
import { useMore } from '../../api/more.ts'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { EntryName, shownName } from '../../parts/entry-name.tsx'
import { Bytes, Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { findFilesTexts } from '../../words/find-files.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'
import { type FileSearch, isSearching, searchQueryOf } from './file-search.ts'
import { folderOf } from './folder-search.ts'
import { PreviewDialog } from './preview-dialog.tsx'
import type { Selected } from './selected.ts'

const pageItems = 200

export function EntryList({
  params,
  instanceId,
  path,
  search,
  selected,
  onToggle,
  onOpen,
}: {
  readonly params: { readonly vaultId: string; readonly pointId: string }
  readonly instanceId: InstanceId
  readonly path: string | undefined
  readonly search: FileSearch
  readonly selected: Selected
  readonly onToggle: (entry: Entry) => void
  readonly onOpen: (path: string) => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { found } = usePageWords(findFilesTexts)
  const { locale } = useLanguage()
  const isSearch = isSearching(search)
  const folder = usePages(
    routes.points.browse,
    { path: params, query: { limit: pageItems, ...(path === undefined ? {} : { path }) } },
    { enabled: !isSearch },
  )
  const matches = usePages(
    routes.points.search,
    { path: params, query: { limit: pageItems, ...searchQueryOf(search) } },
    { enabled: isSearch },
  )
  const list = isSearch ? matches : folder
  const [previewed, setPreviewed] = useState<Entry>()
  const onEnd = useMore(list)
  const isEmpty = list.items.length === 0
  if (list.isPending || (isEmpty && list.hasNextPage && !list.isError)) return <Loading />
  if (list.isError && isEmpty) return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  if (isEmpty) {
    return isSearch ? (
      <EmptyState icon={<IconSearchOff />} title={words.noneFound} about={words.noneFoundAbout} />
    ) : (
      <EmptyState
        icon={<IconFolderOff />}
        title={words.emptyFolder}
        about={words.emptyFolderAbout}
      />
    )
  }
  return (
    <>
      {isSearch && (
        <Text size="sm" c="dimmed" role="status">
          {found(new Intl.NumberFormat(locale).format(list.items.length), !list.hasNextPage)}
        </Text>
      )}
      {list.isError && (
        <ProblemNotice problem={list.error} onRetry={() => void list.fetchNextPage()} />
      )}
      <Rows
        label={words.columns.name}
        columns={columnsOf(words, {
          instanceId,
          selected,
          onToggle,
          showsPaths: isSearch,
          onPreview: setPreviewed,
        })}
        rows={list.items}
        keyOf={(entry) => entry.path}
        onOpen={(entry) => {
          if (entry.kind === 'directory') onOpen(pathToText(entry.path))
          else onToggle(entry)
        }}
        onEnd={onEnd}
      />
      {previewed !== undefined && (
        <PreviewDialog params={params} entry={previewed} onClose={() => setPreviewed(undefined)} />
      )}
    </>
  )
}

const icons = { directory: IconFolder, file: IconFile, symlink: IconLink } as const

function columnsOf(
  words: typeof pointEnglish,
  view: {
    readonly instanceId: InstanceId
    readonly selected: Selected
    readonly onToggle: (entry: Entry) => void
    readonly showsPaths: boolean
    readonly onPreview: (entry: Entry) => void
  },
): readonly Column<Entry>[] {
  return [
    {
      key: 'select',
      title: '',
      width: '28px',
      cell: (entry) => (
        <Checkbox
          size="xs"
          aria-label={words.selectOne(shownName(entry.name))}
          checked={view.selected.has(entry.path)}
          onChange={() => view.onToggle(entry)}
          onClick={(event) => event.stopPropagation()}
        />
      ),
    },
    {
      key: 'name',
      title: words.columns.name,
      width: 'minmax(0, 4fr)',
      cell: (entry) => {
        const Icon = entry.kind in icons ? icons[entry.kind as keyof typeof icons] : IconFile
        return (
          <Group gap={8} wrap="nowrap">
            <Icon size={18} stroke={1.5} aria-hidden style={{ flexShrink: 0 }} />
            <Stack gap={0} miw={0}>
              <EntryName name={entry.name} />
              {view.showsPaths && <PathName path={folderOf(entry.path)} fz="xs" c="dimmed" />}
            </Stack>
            {entry.inconsistent && (
              <IconAlertTriangle size={16} color="orange" aria-label={words.inconsistent} />
            )}
          </Group>
        )
      },
    },
    {
      key: 'preview',
      title: words.preview,
      head: <VisuallyHidden>{words.preview}</VisuallyHidden>,
      width: '28px',
      cell: (entry) =>
        entry.kind === 'file' && <PreviewButton entry={entry} onPreview={view.onPreview} />,
    },
    {
      key: 'history',
      title: words.history,
      head: <VisuallyHidden>{words.history}</VisuallyHidden>,
      width: '28px',
      cell: (entry) =>
        entry.kind !== 'directory' && <HistoryLink entry={entry} instanceId={view.instanceId} />,
    },
    {
      key: 'size',
      title: words.columns.size,
      width: '90px',
      align: 'end',
      cell: ({ kind, below, size }) =>
        (kind !== 'directory' || below !== undefined) && <Bytes value={below?.bytes ?? size} />,
    },
    {
      key: 'modified',
      title: words.columns.modified,
      width: '180px',
      wideOnly: true,
      cell: (entry) => <Instant at={entry.modifiedAt} />,
    },
    {
      key: 'owner',
      title: words.columns.owner,
      width: '140px',
      wideOnly: true,
      cell: (entry) => `${entry.user || entry.uid}:${entry.group || entry.gid}`,
    },
  ]
}

// What is clicked in a row does not select it.
const stay = (event: SyntheticEvent) => event.stopPropagation()

function HistoryLink({
  entry,
  instanceId,
}: {
  readonly entry: Entry
  readonly instanceId: InstanceId
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  return (
    <Box onClick={stay} onKeyDown={stay}>
      <Tooltip label={words.history}>
        <ActionIcon
          renderRoot={(props) => (
            <Link
              to="/instances/$instanceId/file"
              params={{ instanceId }}
              search={{ path: pathToText(entry.path) }}
              {...props}
            />
          )}
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={words.historyOf(shownName(entry.name))}
        >
          <IconHistory size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Box>
  )
}

function PreviewButton({
  entry,
  onPreview,
}: {
  readonly entry: Entry
  readonly onPreview: (entry: Entry) => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  return (
    <Box onClick={stay} onKeyDown={stay}>
      <Tooltip label={words.preview}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={words.previewOf(shownName(entry.name))}
          onClick={() => onPreview(entry)}
        >
          <IconEye size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Box>
  )
}
