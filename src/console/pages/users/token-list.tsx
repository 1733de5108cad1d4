/** The own API tokens: what each may do, when it was used last, and its end. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { type ApiToken, routes } from '#contract'
import { useAction, usePages } from '../../api/queries.ts'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Instant, useNow } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { type Column, Rows } from '../../parts/rows.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { usersTexts } from '../../words/users.ts'
import { NewToken } from './new-token.tsx'

export function TokenList() {
  const { tokens: texts } = usePageWords(usersTexts)
  const [isAdding, setAdding] = useState(false)
  const [revoked, setRevoked] = useState<ApiToken>()
  const columns = useTokenColumns(setRevoked)
  const tokens = usePages(routes.tokens.list, { query: { limit: 200 } })
  if (tokens.isPending) return <Loading />
  if (tokens.isError) return <ProblemNotice problem={tokens.error} onRetry={tokens.refetch} />
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {texts.add}
    </Button>
  )
  return (
    <Stack>
      {tokens.items.length === 0 ? (
        <EmptyState
          icon={<IconKey size={24} />}
          title={texts.empty}
          about={texts.emptyAbout}
          action={add}
        />
      ) : (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed" maw={640}>
              {texts.about}
            </Text>
            {add}
          </Group>
          <Rows
            label={texts.add}
            columns={columns}
            rows={tokens.items}
            keyOf={({ tokenId }) => tokenId}
            height="calc(100vh - 320px)"
          />
        </>
      )}
      {isAdding && <NewToken onClose={() => setAdding(false)} />}
      {revoked !== undefined && (
        <RevokeDialog token={revoked} onClose={() => setRevoked(undefined)} />
      )}
    </Stack>
  )
}

function useTokenColumns(onRevoke: (token: ApiToken) => void): readonly Column<ApiToken>[] {
  const { tokens: texts } = usePageWords(usersTexts)
  const { columns, scopes } = texts
  return [
    {
      key: 'name',
      title: columns.name,
      width: 'minmax(0, 2fr)',
      cell: ({ name }) => (
        <Text size="sm" fw={600} truncate dir="auto" title={name}>
          {name}
        </Text>
      ),
    },
    {
      key: 'scopes',
      title: columns.scopes,
      width: 'minmax(0, 2fr)',
      wideOnly: true,
      cell: (token) => token.scopes.map((scope) => scopes[scope]).join(', '),
    },
    {
      key: 'created',
      title: columns.created,
      width: '130px',
      wideOnly: true,
      cell: ({ createdAt }) => <Instant at={createdAt} />,
    },
    {
      key: 'used',
      title: columns.used,
      width: '130px',
      wideOnly: true,
      cell: ({ lastUsedAt }) =>
        lastUsedAt === undefined ? texts.never : <Instant at={lastUsedAt} />,
    },
    {
      key: 'expires',
      title: columns.expires,
      width: 'minmax(80px, 130px)',
      cell: ({ expiresAt }) => <End at={expiresAt} />,
    },
    {
      key: 'actions',
      title: '',
      width: '84px',
      align: 'end',
      cell: (token) => (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          aria-label={texts.revokeOf(token.name)}
          onClick={() => onRevoke(token)}
        >
          {texts.revoke}
        </Button>
      ),
    },
  ]
}

function End({ at }: { readonly at: number | undefined }) {
  const { tokens: texts } = usePageWords(usersTexts)
  const now = useNow()
  if (at === undefined) return <>{texts.noEnd}</>
  if (at > now) return <Instant at={at} />
  return (
    <Badge variant="light" color="gray" tt="none">
      {texts.over}
    </Badge>
  )
}

function RevokeDialog({
  token: { tokenId, name },
  onClose,
}: {
  readonly token: ApiToken
  readonly onClose: () => void
}) {
  const { tokens: texts } = usePageWords(usersTexts)
  const tell = useTell()
  const revoke = useAction(routes.tokens.revoke, { touches: [routes.tokens.list] })
  const onSuccess = () => {
    tell.done(texts.revoked)
    onClose()
  }
  return (
    <ConfirmTyped
      title={texts.revokeOf(name)}
      says={[texts.revokeSays]}
      confirmation={undefined}
      action={texts.revoke}
      isBusy={revoke.isPending}
      problem={revoke.error}
      onConfirm={() => revoke.mutate({ path: { tokenId } }, { onSuccess })}
      onClose={onClose}
    />
  )
}
