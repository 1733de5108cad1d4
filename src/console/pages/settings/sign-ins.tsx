/** The browsers that one is signed in with, each with its end one click away. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { type OpenSignIn, routes } from '#contract'
import { useAction, usePages } from '../../api/queries.ts'
import { signOut } from '../../api/session.tsx'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { browserOf, systemOf } from './browser-name.ts'
import { Section } from './section.tsx'

export function SignIns() {
  const { signIns: texts } = usePageWords(settingsTexts)
  const { everywhere } = useWords()
  const list = usePages(routes.signIn.list, { query: { limit: 50 } })
  return (
    <Section title={texts.title} about={texts.about}>
      {list.isPending && <Loading />}
      {list.isError && <ProblemNotice problem={list.error} onRetry={list.refetch} />}
      <Stack gap="sm">
        {list.items.map((signIn) => (
          <SignIn key={signIn.tokenId} signIn={signIn} />
        ))}
        {list.hasNextPage && (
          <Button variant="subtle" size="xs" onClick={() => void list.fetchNextPage()}>
            {everywhere.more}
          </Button>
        )}
      </Stack>
    </Section>
  )
}

function SignIn({ signIn }: { readonly signIn: OpenSignIn }) {
  const { signIns: texts } = usePageWords(settingsTexts)
  const { session } = useWords()
  const tell = useTell()
  const { tokenId, browser, createdAt, lastUsedAt, isThis } = signIn
  const end = useAction(routes.signIn.endOne, { touches: [routes.signIn.list] })
  const name = useBrowserName(browser)
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <div style={{ minWidth: 0 }}>
        <Group gap={8} wrap="nowrap">
          <Text size="sm" fw={600} truncate dir="auto" title={browser}>
            {name}
          </Text>
          {isThis && (
            <Badge variant="light" tt="none" flex="none">
              {texts.isThis}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {texts.begun} <Instant at={createdAt} />
          {lastUsedAt !== undefined && (
            <>
              {' · '}
              {texts.used} <Instant at={lastUsedAt} />
            </>
          )}
        </Text>
      </div>
      {isThis ? (
        <Button
          size="compact-sm"
          variant="default"
          flex="none"
          onClick={() => void signOut().catch(tell.problem)}
        >
          {session.signOut}
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          flex="none"
          aria-label={texts.endOf(name)}
          loading={end.isPending}
          onClick={() =>
            end.mutate(
              { path: { tokenId } },
              { onSuccess: () => tell.done(texts.ended), onError: tell.problem },
            )
          }
        >
          {texts.end}
        </Button>
      )}
    </Group>
  )
}

function useBrowserName(said: string): string {
  const { signIns: texts } = usePageWords(settingsTexts)
  const [browser, system] = [browserOf(said), systemOf(said)]
  if (browser === undefined) return said === '' ? texts.unknown : said
  return system === undefined ? browser : texts.on(browser, system)
}
