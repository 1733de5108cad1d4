/** The very first visit: the administrator is made with the code that the server printed. */
import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { routes } from '#contract'
import { api, keepCsrf } from '../api/client.ts'
import { EntryFrame } from '../parts/entry-frame.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { SecretInput } from '../parts/secret-input.tsx'
import { useWords } from '../words/language.tsx'

const empty = { setupCode: '', accountName: '', name: '', email: '', password: '' }

const textMax = 64
const passwordMin = 12

export function FirstRunPage({ onDone }: { readonly onDone: () => void }) {
  const { firstRun, session } = useWords()
  const [values, setValues] = useState(empty)
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const field = (name: keyof typeof empty) => ({
    value: values[name],
    required: true,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget
      setValues((all) => ({ ...all, [name]: value }))
    },
  })
  const create = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
      const { password, ...texts } = values
      const body = { ...trimmed(texts), password, timeZone }
      const { csrf } = await api.call(routes.setup.firstAdministrator, { body })
      keepCsrf(csrf)
      onDone()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <EntryFrame title={firstRun.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {firstRun.about}
          </Text>
          <TextInput
            label={firstRun.setupCode}
            description={firstRun.setupCodeHint}
            autoComplete="off"
            {...field('setupCode')}
          />
          <TextInput
            label={firstRun.accountName}
            autoComplete="organization"
            maxLength={textMax}
            {...field('accountName')}
          />
          <TextInput
            label={firstRun.name}
            autoComplete="name"
            maxLength={textMax}
            {...field('name')}
          />
          <TextInput
            label={session.email}
            type="email"
            autoComplete="username"
            {...field('email')}
          />
          <SecretInput
            label={session.password}
            description={firstRun.passwordHint}
            autoComplete="new-password"
            minLength={passwordMin}
            {...field('password')}
          />
          {problem !== undefined && <ProblemNotice problem={problem} />}
          <Button type="submit" loading={isBusy} fullWidth>
            {firstRun.create}
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  )
}

/** What was pasted often brings a space with it. */
function trimmed<Texts extends Readonly<Record<string, string>>>(texts: Texts): Texts {
  const pairs = Object.entries(texts).map(([name, text]) => [name, text.trim()])
  return Object.assign({}, texts, Object.fromEntries(pairs))
}
