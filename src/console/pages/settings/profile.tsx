/** The own name, and how the console looks in this browser. */
import {
  Button,
  Group,
  type MantineColorScheme,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { refreshCaller, useCaller } from '../../api/session.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { useLanguage, usePageWords, useWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { usersTexts } from '../../words/users.ts'
import { Line, Section } from './section.tsx'

export function Profile() {
  const { you } = usePageWords(settingsTexts)
  const { roles, roleMeans } = usePageWords(usersTexts)
  const { user } = useCaller()
  return (
    <Stack maw={760}>
      <Section title={you.title}>
        <NameForm key={user.name} name={user.name} />
        <Line name={you.email}>
          <span dir="auto">{user.email}</span>
        </Line>
        <Line name={you.role}>
          {roles[user.role]}
          <Text size="xs" c="dimmed">
            {roleMeans[user.role]}
          </Text>
        </Line>
      </Section>
      <Looks />
    </Stack>
  )
}

function NameForm({ name: before }: { readonly name: string }) {
  const { you, saved } = usePageWords(settingsTexts)
  const { everywhere } = useWords()
  const tell = useTell()
  const [name, setName] = useState(before)
  const update = useAction(routes.signIn.updateSelf, { touches: [routes.users.list] })
  const onSuccess = () => {
    tell.done(saved)
    void refreshCaller()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        update.mutate({ body: { name: name.trim() } }, { onSuccess })
      }}
    >
      <Group align="flex-end" mb="sm">
        <TextInput
          label={you.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={64}
          autoComplete="name"
          required
          flex={1}
          maw={360}
        />
        <Button type="submit" loading={update.isPending} disabled={name.trim() === before}>
          {everywhere.save}
        </Button>
      </Group>
      {update.isError && <ProblemNotice problem={update.error} />}
    </form>
  )
}

const schemes = ['auto', 'light', 'dark'] as const satisfies readonly MantineColorScheme[]

function Looks() {
  const { you } = usePageWords(settingsTexts)
  const { name, change } = useLanguage()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Section title={you.looks}>
      <Stack gap="sm">
        <Choice name={you.language}>
          <SegmentedControl
            aria-label={you.language}
            data={[
              { value: 'en', label: <span lang="en">English</span> },
              { value: 'zh', label: <span lang="zh-CN">中文</span> },
            ]}
            value={name}
            onChange={(next) => change(next === 'zh' ? 'zh' : 'en')}
          />
        </Choice>
        <Choice name={you.theme}>
          <SegmentedControl
            aria-label={you.theme}
            data={schemes.map((value) => ({ value, label: you.themes[value] }))}
            value={colorScheme}
            onChange={(next) => setColorScheme(schemes.find((one) => one === next) ?? 'auto')}
          />
        </Choice>
      </Stack>
    </Section>
  )
}

function Choice({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Group gap="sm">
      <Text size="sm" c="dimmed" w={{ base: '100%', xs: 190 }}>
        {name}
      </Text>
      {children}
    </Group>
  )
}
