/** The columns of the list of vaults. */
import { Badge, Group, Text } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import type { Vault } from '#contract'
import { useAllRegions } from '../../api/regions.ts'
import { Bytes, Count, Instant } from '../../parts/formats.tsx'
import type { Column } from '../../parts/rows.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { useVaultAbout } from './about.ts'
import { LockBadge } from './lock-view.tsx'
import { Stored } from './stored.tsx'

export function useVaultColumns(): readonly Column<Vault>[] {
  const { columns } = usePageWords(vaultsTexts)
  const { everywhere } = useWords()
  const { items: regions } = useAllRegions()
  return useMemo((): readonly Column<Vault>[] => {
    const names = new Map<string, string>(regions.map(({ regionId, name }) => [regionId, name]))
    const region: Column<Vault> = {
      key: 'region',
      title: columns.region,
      width: 'minmax(80px, 1fr)',
      wideOnly: true,
      cell: ({ regionId }) => names.get(regionId) ?? regionId,
    }
    return [
      { key: 'name', title: columns.name, width: 'minmax(120px, 2fr)', cell: Name },
      {
        key: 'lock',
        title: columns.lock,
        width: 'minmax(150px, 1.4fr)',
        cell: (vault) => <Marks vault={vault} />,
      },
      ...(names.size > 1 ? [region] : []),
      amount('points', columns.points, ({ pointCount }) => <Count value={pointCount} />),
      amount('instances', columns.instances, ({ instanceCount }) => (
        <Count value={instanceCount} />
      )),
      amount('source', columns.source, ({ sourceBytes }) => <Bytes value={sourceBytes} />),
      amount('stored', columns.stored, (vault) => <Stored vault={vault} />),
      {
        key: 'upkeep',
        title: columns.upkeep,
        width: 'minmax(100px, 1fr)',
        wideOnly: true,
        cell: ({ upkeep }) =>
          upkeep?.doneAt === undefined ? everywhere.never : <Instant at={upkeep.doneAt} />,
      },
    ]
  }, [columns, everywhere, regions])
}

function amount(key: string, title: string, cell: (vault: Vault) => ReactNode): Column<Vault> {
  return { key, title, width: '90px', wideOnly: true, align: 'end', cell }
}

function Marks({ vault: { lock, state, deletionDueAt } }: { readonly vault: Vault }) {
  const texts = usePageWords(vaultsTexts)
  return (
    <Group gap={6} wrap="nowrap">
      <LockBadge lock={lock} />
      {deletionDueAt !== undefined && (
        <Badge variant="light" color="red" tt="none">
          {texts.goes}
        </Badge>
      )}
      {state !== 'CREATED' && (
        <Badge variant="light" color={state === 'INITIALIZING' ? 'gray' : 'red'} tt="none">
          {texts.states[state]}
        </Badge>
      )}
    </Group>
  )
}

function Name({ name, description }: Pick<Vault, 'name' | 'description'>) {
  const about = useVaultAbout()({ description })
  return (
    <>
      <Text size="sm" fw={600} truncate title={name} dir="auto">
        {name}
      </Text>
      {about !== '' && (
        <Text size="xs" c="dimmed" truncate title={about} dir="auto">
          {about}
        </Text>
      )}
    </>
  )
}
