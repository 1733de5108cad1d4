/** Everybody who may sign in to the account. */
import { Button, Group, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch, IconUserPlus, IconUsers } from '@tabler/icons-react'
import { useState } from 'react'
import { routes, type User } from '#contract'
import { usePages } from '../../api/queries.ts'
import { useCaller, useMay } from '../../api/session.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { Rows } from '../../parts/rows.tsx'
import { usePageWords } from '../../words/language.tsx'
import { usersTexts } from '../../words/users.ts'
import { AddUser } from './add-user.tsx'
import type { UserStep } from './rules.ts'
import { userColumns } from './user-columns.tsx'
import { UserDialog } from './user-dialogs.tsx'

const typingMs = 300

export function UserList() {
  const texts = usePageWords(usersTexts)
  const { user: caller } = useCaller()
  const mayAdd = useMay(['owner', 'administrator'])
  const [isAdding, setAdding] = useState(false)
  const [taken, setTaken] = useState<{ readonly step: UserStep; readonly user: User }>()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), typingMs)
  return (
    <>
      <Group gap="xs" mb="sm" justify="space-between">
        <TextInput
          aria-label={texts.searchLabel}
          placeholder={texts.searchHint}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          leftSection={<IconSearch size={16} aria-hidden />}
          maxLength={200}
        />
        {mayAdd && (
          <Button
            leftSection={<IconUserPlus size={16} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {texts.add}
          </Button>
        )}
      </Group>
      <Found search={search} caller={caller} take={(step, user) => setTaken({ step, user })} />
      {isAdding && <AddUser onClose={() => setAdding(false)} />}
      {taken !== undefined && <UserDialog {...taken} onClose={() => setTaken(undefined)} />}
    </>
  )
}

function Found({
  search,
  caller,
  take,
}: {
  readonly search: string
  readonly caller: User
  readonly take: (step: UserStep, user: User) => void
}) {
  const texts = usePageWords(usersTexts)
  const users = usePages(routes.users.list, {
    query: { limit: 100, ...(search === '' ? {} : { search }) },
  })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = users
  if (users.isPending) return <Loading />
  if (users.isError) return <ProblemNotice problem={users.error} onRetry={users.refetch} />
  // Whoever looks is a user: a list without anybody is one that was searched.
  if (items.length === 0)
    return (
      <EmptyState icon={<IconUsers size={24} />} title={texts.noMatch} about={texts.noMatchAbout} />
    )
  return (
    <Rows
      label={texts.usersTab}
      columns={userColumns(texts, caller, take)}
      rows={items}
      keyOf={({ userId }) => userId}
      onEnd={() => {
        if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
      }}
      height="calc(100vh - 300px)"
    />
  )
}
