/** What can be done with one entry of a point, wherever it is shown: a menu, and what it opens. */
import { ActionIcon, Box, Menu } from '@mantine/core'
import {
  IconDots,
  IconDownload,
  IconEye,
  IconFolderOpen,
  IconHistory,
  IconRestore,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, type SyntheticEvent, useState } from 'react'
import {
  type Entry,
  type InstanceId,
  type PointId,
  pathToText,
  routes,
  type VaultId,
} from '#contract'
import { useCall } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { shownName } from '../../parts/entry-name.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { findFilesTexts } from '../../words/find-files.ts'
import { usePageWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'
import { RestoreWizard } from '../restore-wizard/restore-wizard.tsx'
import { downloadAddress } from './download-address.ts'
import { folderSearch } from './folder-search.ts'
import { PreviewDialog } from './preview-dialog.tsx'

export type PlacedEntry = {
  readonly vaultId: VaultId
  readonly pointId: PointId
  readonly entry: Entry
}
export type EntryDialog = 'preview' | 'restore'

/** The dialogs stand beside the list: a row that is scrolled away takes nothing with it. */
export function useEntryDialogs(): {
  readonly open: (dialog: EntryDialog, of: PlacedEntry) => void
  readonly dialog: ReactNode
} {
  const [opened, setOpened] = useState<{ readonly dialog: EntryDialog; readonly of: PlacedEntry }>()
  const close = () => setOpened(undefined)
  const { dialog, of } = opened ?? {}
  return {
    open: (next, placed) => setOpened({ dialog: next, of: placed }),
    dialog:
      of === undefined ? null : dialog === 'preview' ? (
        <PreviewDialog params={of} entry={of.entry} onClose={close} />
      ) : (
        <RestoreEntry placed={of} onClose={close} />
      ),
  }
}

function RestoreEntry({
  placed: { vaultId, pointId, entry },
  onClose,
}: {
  readonly placed: PlacedEntry
  readonly onClose: () => void
}) {
  const point = useCall(routes.points.get, { path: { vaultId, pointId } })
  if (point.isError)
    return (
      <Dialog onClose={onClose}>
        <ProblemNotice problem={point.error} onRetry={point.refetch} />
      </Dialog>
    )
  if (point.isPending) return null
  const selected = new Map([[entry.path, entry]])
  return <RestoreWizard point={point.data} selected={selected} onClose={onClose} />
}

export function EntryMenu({
  placed,
  instanceId,
  onOpen,
}: {
  readonly placed: PlacedEntry
  /** For the way to its history; absent: this is the history. */
  readonly instanceId?: InstanceId
  readonly onOpen: (dialog: EntryDialog, of: PlacedEntry) => void
}) {
  const words = usePageWords(findFilesTexts)
  const { preview, download } = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { vaultId, pointId, entry } = placed
  // What is clicked here does not open the row.
  const stay = (event: SyntheticEvent) => event.stopPropagation()
  const format = entry.kind === 'file' ? 'file' : 'zip'
  return (
    <Box onClick={stay} onKeyDown={stay}>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.actionsOf(shownName(entry.name))}
          >
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {entry.kind === 'file' && (
            <Menu.Item
              leftSection={<IconEye {...icon} />}
              onClick={() => onOpen('preview', placed)}
            >
              {preview}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconDownload {...icon} />}
            component="a"
            href={downloadAddress(placed, [entry], format)}
            download
          >
            {download}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconRestore {...icon} />}
            onClick={() => onOpen('restore', placed)}
          >
            {words.restoreThis}
          </Menu.Item>
          {instanceId !== undefined && entry.kind !== 'directory' && (
            <Menu.Item
              leftSection={<IconHistory {...icon} />}
              renderRoot={(props) => (
                <Link
                  to="/instances/$instanceId/file"
                  params={{ instanceId }}
                  search={{ path: pathToText(entry.path) }}
                  {...props}
                />
              )}
            >
              {words.history}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconFolderOpen {...icon} />}
            renderRoot={(props) => (
              <Link
                to="/points/$vaultId/$pointId"
                params={{ vaultId, pointId }}
                search={folderSearch(entry)}
                {...props}
              />
            )}
          >
            {words.openFolder}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Box>
  )
}

const icon = { size: 16, 'aria-hidden': true } as const
