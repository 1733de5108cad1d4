import { IconListSearch } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { type AuditEntry, pathOf, routes, writeQuery } from '#contract'
import { usePages } from '../../api/queries.ts'
import { DownloadButton } from '../../parts/download-button.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { auditTexts } from '../../words/audit.ts'
import { usePageWords } from '../../words/language.tsx'
import { ChainCard } from './chain-card.tsx'
import { useAuditColumns } from './columns.tsx'
import { EntryDrawer } from './entry-drawer.tsx'
import {
  type AuditFilter,
  auditQueryOf,
  type FilterChange,
  isFiltered,
  readAuditFilter,
} from './filter.ts'
import { Toolbar } from './toolbar.tsx'

const route = getRouteApi('/audit')
const pageItems = 200
const askEachMs = 60_000

export function AuditPage() {
  const texts = usePageWords(auditTexts)
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const change = (part: FilterChange) =>
    void navigate({ search: (old) => readAuditFilter({ ...old, ...part }), replace: true })
  const csv = `${pathOf(routes.audit.csv)}?${writeQuery(auditQueryOf(filter))}`
  return (
    <Page
      title={texts.title}
      about={texts.about}
      actions={<DownloadButton href={csv} label={texts.csv} />}
    >
      <ChainCard />
      <Entries filter={filter} change={change} />
    </Page>
  )
}

function Entries({
  filter,
  change,
}: {
  readonly filter: AuditFilter
  readonly change: (part: FilterChange) => void
}) {
  const texts = usePageWords(auditTexts)
  const columns = useAuditColumns()
  const [opened, open] = useState<AuditEntry>()
  const query = { ...auditQueryOf(filter), limit: pageItems }
  const list = usePages(routes.audit.list, { query }, { everyMs: askEachMs })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const icon = <IconListSearch size={24} />
  if (list.isPending) return <Loading />
  if (list.isError) return <ProblemNotice problem={list.error} onRetry={list.refetch} />
  // What was asked for before does not say that there is none.
  if (items.length === 0 && !isFiltered(filter) && !list.isPlaceholderData)
    return <EmptyState icon={icon} title={texts.empty} about={texts.emptyAbout} />
  return (
    <>
      <Toolbar filter={filter} onChange={change} />
      {items.length === 0 ? (
        <EmptyState icon={icon} title={texts.noMatch} about={texts.noMatchAbout} />
      ) : (
        <Rows
          label={texts.title}
          columns={columns}
          rows={items}
          keyOf={({ auditId }) => auditId}
          onOpen={open}
          onEnd={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
          }}
          height="70vh"
        />
      )}
      {opened !== undefined && <EntryDrawer entry={opened} onClose={() => open(undefined)} />}
    </>
  )
}
