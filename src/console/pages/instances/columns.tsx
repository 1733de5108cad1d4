/** The columns of the list of instances. What is clicked inside a row stays inside it: the rest of the row opens the instance. */
import { Box, Checkbox, Group, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react'
import { type ReactNode, type SyntheticEvent, useMemo } from 'react'
import type { Instance, InstanceId } from '#contract'
import { Bytes, Instant } from '../../parts/formats.tsx'
import type { Column } from '../../parts/rows.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { ActionMenu } from './action-menu.tsx'
import type { InstanceSort } from './filter.ts'
import { StatusBadge } from './status-badge.tsx'
import type { StepTaker } from './use-steps.tsx'

export type Selection = {
  readonly chosen: ReadonlySet<InstanceId>
  readonly toggle: (instanceId: InstanceId) => void
  readonly toggleAll: () => void
  readonly isAll: boolean
}

type SortKey = 'name' | 'lastBackupAt' | 'nextBackupAt' | 'capacityBytes'

export function useColumns({
  sort,
  onSort,
  selection,
  take,
}: {
  readonly sort: InstanceSort
  readonly onSort: (sort: InstanceSort) => void
  /** Undefined: this role changes nothing. */
  readonly selection: Selection | undefined
  readonly take: StepTaker['take']
}): readonly Column<Instance>[] {
  const texts = usePageWords(instancesTexts)
  const { columns } = texts
  return useMemo(() => {
    const sortable = (key: SortKey, title: string) => ({
      title,
      head: <SortHead title={title} sortKey={key} sort={sort} onSort={onSort} />,
      sorted: sortedAs(key, sort),
    })
    return [
      ...(selection === undefined ? [] : [selectColumn(selection, texts)]),
      { key: 'name', ...sortable('name', columns.name), width: 'minmax(130px, 2fr)', cell: Name },
      {
        key: 'status',
        title: columns.status,
        width: 'minmax(108px, 1fr)',
        cell: (instance) => <StatusBadge instance={instance} />,
      },
      {
        key: 'last',
        ...sortable('lastBackupAt', columns.last),
        width: 'minmax(90px, 1fr)',
        wideOnly: true,
        cell: ({ lastBackupAt }) => shownTime(lastBackupAt, texts.notYet),
      },
      {
        key: 'next',
        ...sortable('nextBackupAt', columns.next),
        width: 'minmax(90px, 1fr)',
        wideOnly: true,
        cell: ({ nextBackupAt }) => shownTime(nextBackupAt, texts.notPlanned),
      },
      {
        key: 'priority',
        title: columns.priority,
        width: '80px',
        wideOnly: true,
        cell: ({ priority }) => (priority === undefined ? '' : texts.priorities[priority]),
      },
      {
        key: 'size',
        ...sortable('capacityBytes', columns.size),
        width: '90px',
        wideOnly: true,
        align: 'end',
        cell: ({ capacityBytes }) => <Bytes value={capacityBytes} />,
      },
      {
        key: 'actions',
        title: columns.actions,
        head: <VisuallyHidden>{columns.actions}</VisuallyHidden>,
        width: '36px',
        align: 'end',
        cell: (instance) => (
          <Inside>
            <ActionMenu instance={instance} onTake={take} />
          </Inside>
        ),
      },
    ]
  }, [texts, columns, sort, onSort, selection, take])
}

function selectColumn(
  { chosen, toggle, toggleAll, isAll }: Selection,
  texts: typeof instancesTexts.en,
): Column<Instance> {
  return {
    key: 'select',
    title: texts.columns.select,
    width: '24px',
    head: (
      <Checkbox
        size="xs"
        aria-label={texts.selectAll}
        checked={isAll}
        indeterminate={!isAll && chosen.size > 0}
        onChange={toggleAll}
      />
    ),
    cell: ({ instanceId, name }) => (
      <Inside>
        <Checkbox
          size="xs"
          aria-label={texts.selectOne(name)}
          checked={chosen.has(instanceId)}
          onChange={() => toggle(instanceId)}
        />
      </Inside>
    ),
  }
}

/** Clicks and keys in here do not open the row, and neither do those in what opens from here. */
function Inside({ children }: { readonly children: ReactNode }) {
  const stay = (event: SyntheticEvent) => event.stopPropagation()
  return (
    <Box onClick={stay} onKeyDown={stay}>
      {children}
    </Box>
  )
}

function Name({ name, hostName, systemName, addresses }: Instance) {
  const machine = [hostName === name ? undefined : hostName, systemName, addresses[0]]
  const about = machine.filter((part) => part !== undefined).join(' · ')
  return (
    <>
      <Text size="sm" fw={600} truncate title={name} dir="auto">
        {name}
      </Text>
      {about !== '' && (
        <Text size="xs" c="dimmed" truncate title={about}>
          {about}
        </Text>
      )}
    </>
  )
}

function shownTime(at: number | undefined, otherwise: string): ReactNode {
  if (at !== undefined) return <Instant at={at} />
  return (
    <Text span inherit c="dimmed">
      {otherwise}
    </Text>
  )
}

function sortedAs(key: SortKey, sort: InstanceSort): 'ascending' | 'descending' | undefined {
  if (sort === key) return 'ascending'
  return sort === `-${key}` ? 'descending' : undefined
}

function SortHead({
  title,
  sortKey,
  sort,
  onSort,
}: {
  readonly title: string
  readonly sortKey: SortKey
  readonly sort: InstanceSort
  readonly onSort: (sort: InstanceSort) => void
}) {
  const { sortBy } = usePageWords(instancesTexts)
  const sorted = sortedAs(sortKey, sort)
  const Icon = { ascending: IconArrowUp, descending: IconArrowDown, none: IconSelector }[
    sorted ?? 'none'
  ]
  return (
    <UnstyledButton
      aria-label={sortBy(title)}
      onClick={() => onSort(sorted === 'ascending' ? `-${sortKey}` : sortKey)}
    >
      <Group gap={2} wrap="nowrap">
        <Text size="xs" fw={600} c="dimmed">
          {title}
        </Text>
        <Icon size={14} aria-hidden />
      </Group>
    </UnstyledButton>
  )
}
