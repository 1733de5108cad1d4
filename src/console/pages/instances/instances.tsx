/** The list of instances (G2): live, searched, filtered, sorted; everything that can be done with one or with many. */
import { Button } from '@mantine/core'
import { IconDeviceDesktop, IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { type Instance, type InstanceId, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { AddDrawer } from './add/add-drawer.tsx'
import { type Selection, useColumns } from './columns.tsx'
import { type InstanceFilter, isFiltered, listQueryOf, readInstanceFilter } from './filter.ts'
import { useRights } from './rights.ts'
import { SelectionBar } from './selection-bar.tsx'
import { Toolbar } from './toolbar.tsx'
import { useSteps } from './use-steps.tsx'

/** What no event tells, such as the time that has passed. */
const askEachMs = 60_000

export function InstancesPage() {
  const texts = usePageWords(instancesTexts)
  const { filter, change } = useFilter()
  const { operates } = useRights()
  const setAdding = (adding: boolean) => change({ adding: adding ? true : undefined })
  return (
    <Page
      title={texts.title}
      about={texts.about}
      actions={
        operates && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {texts.add}
          </Button>
        )
      }
    >
      <InstanceList filter={filter} change={change} onAdd={() => setAdding(true)} />
      {operates && <AddDrawer isOpen={filter.adding === true} onClose={() => setAdding(false)} />}
    </Page>
  )
}

type Change = (change: { readonly [Key in keyof InstanceFilter]?: unknown }) => void

function useFilter(): { readonly filter: InstanceFilter; readonly change: Change } {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  const filter = useMemo(() => readInstanceFilter(search), [search])
  const change = useCallback<Change>(
    (part) =>
      void navigate({
        to: '/instances',
        search: (old) => readInstanceFilter({ ...old, ...part }),
        replace: true,
      }),
    [navigate],
  )
  return { filter, change }
}

function InstanceList({
  filter,
  change,
  onAdd,
}: {
  readonly filter: InstanceFilter
  readonly change: Change
  readonly onAdd: () => void
}) {
  const texts = usePageWords(instancesTexts)
  const navigate = useNavigate()
  const { operates } = useRights()
  const query = { query: listQueryOf(filter) }
  const list = usePages(routes.instances.list, query, { everyMs: askEachMs })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const { selection, chosen, clear } = useSelection(items)
  const steps = useSteps()
  const onSort = useCallback((sort: unknown) => change({ sort }), [change])
  const columns = useColumns({
    sort: filter.sort ?? 'name',
    onSort,
    selection: operates ? selection : undefined,
    take: steps.take,
  })
  const onEnd = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }
  const open = ({ instanceId }: Instance) =>
    void navigate({ to: '/instances/$instanceId', params: { instanceId } })
  if (list.isPending) return <Loading />
  // What was asked for before does not say that there is none.
  const isNone = items.length === 0 && !list.isPlaceholderData && !list.isError
  if (isNone && !isFiltered(filter)) return <NoInstances onAdd={onAdd} />
  return (
    <>
      <Toolbar filter={filter} onChange={change} />
      {chosen.length > 0 && <SelectionBar instances={chosen} onClear={clear} />}
      {list.isError ? (
        <ProblemNotice problem={list.error} onRetry={list.refetch} />
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconDeviceDesktop size={24} />}
          title={texts.noMatchTitle}
          about={texts.noMatchAbout}
        />
      ) : (
        <Rows
          label={texts.title}
          columns={columns}
          rows={items}
          keyOf={({ instanceId }) => instanceId}
          onOpen={open}
          onEnd={onEnd}
        />
      )}
      {steps.dialog}
    </>
  )
}

function NoInstances({ onAdd }: { readonly onAdd: () => void }) {
  const texts = usePageWords(instancesTexts)
  const { operates } = useRights()
  return (
    <EmptyState
      icon={<IconDeviceDesktop size={24} />}
      title={texts.emptyTitle}
      about={texts.emptyAbout}
      action={operates && <Button onClick={onAdd}>{texts.add}</Button>}
    />
  )
}

/** By id, so that it stays while the list is asked for again; only what is in the list counts. */
function useSelection(items: readonly Instance[]): {
  readonly selection: Selection
  readonly chosen: readonly Instance[]
  readonly clear: () => void
} {
  const [ids, setIds] = useState<ReadonlySet<InstanceId>>(new Set())
  const chosen = items.filter(({ instanceId }) => ids.has(instanceId))
  const isAll = items.length > 0 && chosen.length === items.length
  const clear = () => setIds(new Set())
  const selection: Selection = {
    chosen: ids,
    isAll,
    toggleAll: () => setIds(new Set(isAll ? [] : items.map(({ instanceId }) => instanceId))),
    toggle: (instanceId) =>
      setIds((old) => {
        const next = new Set(old)
        if (!next.delete(instanceId)) next.add(instanceId)
        return next
      }),
  }
  return { selection, chosen, clear }
}
