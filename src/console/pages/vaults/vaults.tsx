/** The list of vaults: each with its lock, its sizes, and what becomes of it. */
import { Button, Group } from '@mantine/core'
import { IconDatabase, IconPlus } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { routes, type Vault } from '#contract'
import { usePages } from '../../api/queries.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { readVaultFilter } from './address.ts'
import { NewVault } from './new-vault.tsx'
import { useVaultRights } from './rights.ts'
import { useVaultColumns } from './vault-columns.tsx'

const route = getRouteApi('/vaults')
const pageItems = 100
const askEachMs = 60_000

export function VaultsPage() {
  const texts = usePageWords(vaultsTexts)
  const { administers } = useVaultRights()
  const [isCreating, setCreating] = useState(false)
  const create = administers && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      {texts.create}
    </Button>
  )
  return (
    <Page title={texts.title} about={texts.about} actions={create}>
      <VaultList onCreate={administers ? () => setCreating(true) : undefined} />
      {isCreating && <NewVault onClose={() => setCreating(false)} />}
    </Page>
  )
}

function VaultList({ onCreate }: { readonly onCreate: (() => void) | undefined }) {
  const texts = usePageWords(vaultsTexts)
  const { everywhere } = useWords()
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const list = usePages(
    routes.vaults.list,
    { query: { limit: pageItems, ...filter } },
    { everyMs: askEachMs },
  )
  const columns = useVaultColumns()
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const icon = <IconDatabase size={24} />
  if (list.isPending) return <Loading />
  // What was asked for before does not say that there is none.
  const isNone = items.length === 0 && !list.isPlaceholderData && !list.isError
  if (isNone && filter.search === undefined)
    return (
      <EmptyState
        icon={icon}
        title={texts.emptyTitle}
        about={texts.emptyAbout}
        action={onCreate && <Button onClick={onCreate}>{texts.create}</Button>}
      />
    )
  const search = (text: string) =>
    void navigate({ search: readVaultFilter({ search: text }), replace: true })
  const open = ({ vaultId }: Vault) =>
    void navigate({ to: '/vaults/$vaultId', params: { vaultId }, search: {} })
  return (
    <>
      <Group role="search">
        <SearchBox
          label={everywhere.search}
          hint={texts.searchHint}
          value={filter.search}
          onChange={search}
          maxLength={64}
          w={260}
        />
      </Group>
      {list.isError ? (
        <ProblemNotice problem={list.error} onRetry={list.refetch} />
      ) : items.length === 0 ? (
        <EmptyState icon={icon} title={texts.noMatchTitle} about={texts.noMatchAbout} />
      ) : (
        <Rows
          label={texts.title}
          columns={columns}
          rows={items}
          keyOf={({ vaultId }) => vaultId}
          onOpen={open}
          onEnd={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
          }}
        />
      )}
    </>
  )
}
