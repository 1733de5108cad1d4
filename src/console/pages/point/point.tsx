/** A backup point from inside (G4): browse, search, compare, and restore or download what was selected. */
import { ActionIcon, Alert, Button, Group, Menu, Tooltip } from '@mantine/core'
import {
  IconAlertTriangle,
  IconDownload,
  IconFolderOpen,
  IconGitCompare,
  IconRestore,
  IconX,
} from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { type Entry, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { useMay } from '../../api/session.tsx'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'
import { RestoreWizard } from '../restore-wizard/restore-wizard.tsx'
import { ComparePanel } from './compare-panel.tsx'
import { downloadAddress } from './download-address.ts'
import { EntryList } from './entry-list.tsx'
import { readFileSearch } from './file-search.ts'
import { FolderPath } from './folder-path.tsx'
import type { PointPanel } from './point-panel.ts'
import { PointSearch } from './point-search.tsx'
import { restorers } from './rights.ts'
import type { Selected } from './selected.ts'

const route = getRouteApi('/points/$vaultId/$pointId')
export function PointPage() {
  const params = route.useParams()
  const { path, panel, ...search } = route.useSearch()
  const navigate = route.useNavigate()
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { nav } = useWords()
  const point = useCall(routes.points.get, { path: params })
  const instanceId = point.data?.instanceId
  const instance = useCall(
    routes.instances.get,
    { path: { instanceId: instanceId ?? '' } },
    { enabled: instanceId !== undefined },
  )
  const [selected, setSelected] = useState<Selected>(new Map())
  const mayRestore = useMay(restorers)
  if (point.isPending) return <Loading />
  if (point.isError) return <ProblemNotice problem={point.error} onRetry={point.refetch} />
  const name = instance.data?.name ?? '…'
  const toggle = (entry: Entry) =>
    setSelected((now) => {
      const next = new Map(now)
      if (!next.delete(entry.path)) next.set(entry.path, entry)
      return next
    })
  const show = (next: PointPanel) => navigate({ search: (now) => ({ ...now, panel: next }) })
  const close = () => navigate({ search: ({ panel: _, ...now }) => now, replace: true })
  const open = (folder: string | undefined) =>
    navigate({ search: folder === undefined ? {} : { path: folder } })
  return (
    <Page
      title={words.titleOf(name)}
      about={
        <>
          {words.asOf} <Instant at={point.data.createdAt} />
        </>
      }
      crumbs={[
        { name: nav.instances, to: '/instances' },
        { name, to: `/instances/${point.data.instanceId}` },
      ]}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconGitCompare size={16} aria-hidden />}
            onClick={() => void show('compare')}
          >
            {words.compare}
          </Button>
          {mayRestore && (
            <Button
              leftSection={<IconRestore size={16} aria-hidden />}
              onClick={() => void show('restore')}
            >
              {selected.size === 0 ? words.restoreAll : words.restore}
            </Button>
          )}
        </>
      }
    >
      {point.data.failureCount > 0 && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden />}>
          {words.partial}
        </Alert>
      )}
      <PointSearch
        place={<FolderPath root={point.data.path} path={path} onOpen={open} />}
        search={search}
        onSearch={(change) => navigate({ search: readFileSearch({ ...search, ...change }) })}
      />
      {selected.size > 0 && (
        <SelectionBar selected={selected} params={params} onClear={() => setSelected(new Map())} />
      )}
      <EntryList
        key={JSON.stringify([path, search])}
        params={params}
        instanceId={point.data.instanceId}
        path={path}
        search={search}
        selected={selected}
        onToggle={toggle}
        onOpen={open}
      />
      {panel === 'restore' && (
        <RestoreWizard point={point.data} selected={selected} onClose={close} />
      )}
      {panel === 'compare' && <ComparePanel point={point.data} onClose={() => void close()} />}
    </Page>
  )
}

function SelectionBar({
  selected,
  params,
  onClear,
}: {
  readonly selected: Selected
  readonly params: { readonly vaultId: string; readonly pointId: string }
  readonly onClear: () => void
}) {
  const words = usePageWords({ en: pointEnglish, zh: pointChinese })
  const entries = [...selected.values()]
  const isOneFile = entries.length === 1 && entries[0]?.kind === 'file'
  const formats = isOneFile ? (['file', 'zip', 'tar.zst'] as const) : (['zip', 'tar.zst'] as const)
  return (
    <Group justify="space-between" role="status">
      <Group gap="xs">
        <IconFolderOpen size={18} aria-hidden />
        {words.selected(selected.size)}
      </Group>
      <Group gap="xs">
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              {words.download}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {formats.map((format) => (
              <Menu.Item
                key={format}
                component="a"
                href={downloadAddress(params, entries, format)}
                download
              >
                {words.downloadAs[format]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Tooltip label={words.clear}>
          <ActionIcon variant="subtle" color="gray" aria-label={words.clear} onClick={onClear}>
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  )
}
