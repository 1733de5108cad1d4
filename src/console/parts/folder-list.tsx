/** The folders in a folder of a running machine: one step down at a time, and back by the path above the list. */
import { ActionIcon, Anchor, Breadcrumbs, Button, Group, Paper, Text, Tooltip } from '@mantine/core'
import { IconArrowUp, IconFolder } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import type { ByteString } from '#base'
import { foldersMax, type InstanceId, pathToText } from '#contract'
import { folderPickerChinese, folderPickerEnglish } from '../words/folder-picker.ts'
import { useLanguage, usePageWords } from '../words/language.tsx'
import { EntryName, shownName } from './entry-name.tsx'
import { absoluteBytes, folderIn, stepsTo } from './folder-paths.ts'
import { useLiveFolders } from './live-folders.ts'
import { Loading } from './loading.tsx'
import { ProblemNotice } from './problem-notice.tsx'
import { type Column, Rows } from './rows.tsx'

const listHeight = 300

export function FolderList({
  instanceId,
  path,
  onOpen,
  onChoose,
  onClose,
}: {
  readonly instanceId: InstanceId
  readonly path: string
  readonly onOpen: (path: string) => void
  readonly onChoose: (path: string) => void
  readonly onClose: () => void
}) {
  const words = usePageWords({ en: folderPickerEnglish, zh: folderPickerChinese })
  const bytes = absoluteBytes(path) ?? ('/' as ByteString)
  const folders = useLiveFolders(instanceId, path)
  const shown = shownName(bytes)
  return (
    <Paper
      component="section"
      withBorder
      p="sm"
      aria-label={words.region}
      // Escape closes the list, not the dialog around it, which looks for this word at what has the focus.
      onFocus={({ target }) => target.setAttribute('data-mantine-stop-propagation', 'true')}
      onKeyDown={({ key }) => key === 'Escape' && onClose()}
    >
      <Way path={bytes} onOpen={onOpen} />
      <Inside instanceId={instanceId} path={path} onOpen={onOpen} />
      <Group justify="flex-end" mt="sm">
        <Button variant="default" size="xs" onClick={onClose}>
          {words.close}
        </Button>
        <Button
          size="xs"
          disabled={!folders.isSuccess || path === '/'}
          onClick={() => onChoose(path)}
          maw="100%"
        >
          {words.choose(shown.length > nameMax ? `…${shown.slice(-nameMax)}` : shown)}
        </Button>
      </Group>
    </Paper>
  )
}

const nameMax = 40

/** Each step leads there. Who opened a folder goes on from here by keyboard. */
function Way({
  path,
  onOpen,
}: {
  readonly path: ByteString
  readonly onOpen: (path: string) => void
}) {
  const words = usePageWords({ en: folderPickerEnglish, zh: folderPickerChinese })
  const steps = stepsTo(path)
  const here = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (path !== '') here.current?.focus()
  }, [path])
  const all = [{ name: '/' as ByteString, path: '/' }, ...steps]
  const above = all.at(-2)?.path
  return (
    <Group wrap="nowrap" align="flex-start" gap="xs" mb="xs">
      <Tooltip label={words.up}>
        <ActionIcon
          variant="subtle"
          size="sm"
          aria-label={words.up}
          disabled={above === undefined}
          onClick={() => above !== undefined && onOpen(above)}
        >
          <IconArrowUp size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <nav aria-label={words.way}>
        <Breadcrumbs separatorMargin={6} style={{ flexWrap: 'wrap' }}>
          {all.map((step, at) => (
            <Anchor
              key={step.path}
              ref={at === all.length - 1 ? here : null}
              component="button"
              type="button"
              size="sm"
              maw={220}
              truncate
              aria-current={at === all.length - 1 ? 'location' : undefined}
              {...(at === 0 ? { 'aria-label': words.top } : {})}
              dir="auto"
              onClick={() => onOpen(step.path)}
            >
              {shownName(step.name)}
            </Anchor>
          ))}
        </Breadcrumbs>
      </nav>
    </Group>
  )
}

type Folder = { readonly name: ByteString }

function Inside({
  instanceId,
  path,
  onOpen,
}: {
  readonly instanceId: InstanceId
  readonly path: string
  readonly onOpen: (path: string) => void
}) {
  const words = usePageWords({ en: folderPickerEnglish, zh: folderPickerChinese })
  const { locale } = useLanguage()
  const { data, isPending, isError, error, refetch } = useLiveFolders(instanceId, path)
  if (isPending) return <Loading about={words.asking} />
  if (isError) return <ProblemNotice problem={error} onRetry={refetch} />
  if (data.folders.length === 0 && data.isWhole) {
    return (
      <Text c="dimmed" size="sm" py="md" role="status">
        {words.none}
      </Text>
    )
  }
  const columns: readonly Column<Folder>[] = [
    {
      key: 'name',
      title: words.column,
      width: '1fr',
      cell: ({ name }) => (
        <Group gap="xs" wrap="nowrap">
          <IconFolder size={16} aria-hidden />
          <EntryName name={name} />
        </Group>
      ),
    },
  ]
  return (
    <>
      <Rows
        label={words.region}
        columns={columns}
        rows={data.folders}
        keyOf={({ name }) => pathToText(name)}
        onOpen={({ name }) => onOpen(folderIn(data.path, name))}
        height={listHeight}
      />
      {!data.isWhole && (
        <Text c="dimmed" size="sm" mt="xs" role="status">
          {words.part(
            new Intl.NumberFormat(locale).format(Math.min(data.folders.length, foldersMax)),
          )}
        </Text>
      )}
    </>
  )
}
