/** Files and folders in all points of an instance, also such as are on the machine no longer. */
import { ActionIcon, Box, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import {
  IconFile,
  IconFileSearch,
  IconFilter,
  IconFolder,
  IconLink,
  IconSearchOff,
} from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Instance, type InstanceId, routes } from '#contract'
import { useMore } from '../../api/more.ts'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { EntryName } from '../../parts/entry-name.tsx'
import { Bytes, Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { useDraft } from '../../parts/typed.ts'
import { findFilesTexts } from '../../words/find-files.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { EntryMenu, useEntryDialogs } from '../point/entry-menu.tsx'
import { FileFilters } from '../point/file-filters.tsx'
import {
  type FileSearch,
  type FileSearchChange,
  isNarrowed,
  isSearching,
  searchQueryOf,
} from '../point/file-search.ts'
import { folderOf, folderSearch } from '../point/folder-search.ts'
import { type FoundPath, foundPaths } from './found-paths.ts'

const pageItems = 200

export function FindFiles({
  instance: { instanceId },
  search,
  onSearch,
}: {
  readonly instance: Instance
  readonly search: FileSearch
  readonly onSearch: (change: FileSearchChange) => void
}) {
  const words = usePageWords(findFilesTexts)
  return (
    <Stack>
      <SearchForm search={search} onSearch={onSearch} />
      {isSearching(search) ? (
        <Found key={JSON.stringify(search)} instanceId={instanceId} search={search} />
      ) : (
        <EmptyState
          icon={<IconFileSearch size={24} />}
          title={words.beginTitle}
          about={words.begin}
        />
      )}
    </Stack>
  )
}

function SearchForm({
  search,
  onSearch,
}: {
  readonly search: FileSearch
  readonly onSearch: (change: FileSearchChange) => void
}) {
  const words = usePageWords(findFilesTexts)
  const [draft, setDraft] = useDraft(search.pattern)
  // On a phone they would push what was found out of sight.
  const [isOpen, setOpen] = useState(false)
  const isShown = isOpen || isNarrowed(search)
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onSearch({ pattern: draft })
        }}
      >
        <Stack gap="xs">
          <Group gap="xs" wrap="nowrap">
            <TextInput
              aria-label={words.label}
              placeholder={words.hint}
              flex={1}
              maw={520}
              value={draft}
              maxLength={4_096}
              onChange={(event) => setDraft(event.currentTarget.value)}
            />
            <Button type="submit">{words.search}</Button>
            <ActionIcon
              hiddenFrom="xs"
              variant="default"
              size="input-sm"
              aria-label={words.filters.show}
              aria-expanded={isShown}
              onClick={() => setOpen(!isOpen)}
            >
              <IconFilter size={16} aria-hidden />
            </ActionIcon>
          </Group>
          <Box {...(isShown ? {} : { visibleFrom: 'xs' })}>
            <FileFilters
              search={search}
              onChange={(change) => onSearch({ pattern: draft, ...change })}
            />
          </Box>
        </Stack>
      </form>
    </search>
  )
}

function Found({
  instanceId,
  search,
}: {
  readonly instanceId: InstanceId
  readonly search: FileSearch
}) {
  const words = usePageWords(findFilesTexts)
  const { locale } = useLanguage()
  const navigate = useNavigate()
  const dialogs = useEntryDialogs()
  const list = usePages(routes.points.searchInstance, {
    path: { instanceId },
    query: { limit: pageItems, ...searchQueryOf(search) },
  })
  const onEnd = useMore(list)
  const found = foundPaths(list.items)
  const columns = useFoundColumns({ instanceId, isAll: !list.hasNextPage, onOpen: dialogs.open })
  if (list.isError && found.length === 0)
    return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  if (list.isPending || (found.length === 0 && list.hasNextPage))
    return <Loading about={words.looking} />
  if (found.length === 0)
    return (
      <EmptyState icon={<IconSearchOff size={24} />} title={words.none} about={words.noneAbout} />
    )
  const count = new Intl.NumberFormat(locale).format(found.length)
  return (
    <>
      <Text size="sm" c="dimmed" role="status">
        {words.found(count, !list.hasNextPage)}
      </Text>
      {list.isError && (
        <ProblemNotice problem={list.error} onRetry={() => void list.fetchNextPage()} />
      )}
      <Rows
        label={words.results}
        columns={columns}
        rows={found}
        keyOf={({ path }) => path}
        onOpen={({ newest: { vaultId, pointId, entry } }) =>
          void navigate({
            to: '/points/$vaultId/$pointId',
            params: { vaultId, pointId },
            search: folderSearch(entry),
          })
        }
        onEnd={onEnd}
        height="calc(100vh - 420px)"
      />
      {dialogs.dialog}
    </>
  )
}

const icons = { directory: IconFolder, file: IconFile, symlink: IconLink } as const

function useFoundColumns({
  instanceId,
  isAll,
  onOpen,
}: {
  readonly instanceId: InstanceId
  readonly isAll: boolean
  readonly onOpen: ReturnType<typeof useEntryDialogs>['open']
}): readonly Column<FoundPath>[] {
  const { columns, atLeast } = usePageWords(findFilesTexts)
  const { locale } = useLanguage()
  return [
    {
      key: 'path',
      title: columns.path,
      width: 'minmax(0, 4fr)',
      cell: ({ path, newest: { entry } }) => {
        const Icon = entry.kind in icons ? icons[entry.kind as keyof typeof icons] : IconFile
        return (
          <Group gap={8} wrap="nowrap">
            <Icon size={18} stroke={1.5} aria-hidden style={{ flexShrink: 0 }} />
            <Stack gap={0} miw={0}>
              <EntryName name={entry.name} />
              <PathName path={folderOf(path)} fz="xs" c="dimmed" />
            </Stack>
          </Group>
        )
      },
    },
    {
      key: 'newest',
      title: columns.newest,
      width: 'minmax(110px, 1fr)',
      wideOnly: true,
      cell: ({ newest }) => <Instant at={newest.createdAt} />,
    },
    {
      key: 'points',
      title: columns.points,
      width: '100px',
      wideOnly: true,
      align: 'end',
      cell: ({ pointCount }) => {
        const count = new Intl.NumberFormat(locale).format(pointCount)
        return isAll ? count : atLeast(count)
      },
    },
    {
      key: 'size',
      title: columns.size,
      width: '90px',
      align: 'end',
      // What is in a folder is not counted by a search.
      cell: ({ newest: { entry } }) => entry.kind === 'file' && <Bytes value={entry.size} />,
    },
    {
      key: 'actions',
      title: '',
      width: '28px',
      cell: ({ newest }) => <EntryMenu placed={newest} instanceId={instanceId} onOpen={onOpen} />,
    },
  ]
}
