/** Signing in: e-mail and password, and the second factor when the server asks for one. */
import { Button, PasswordInput, PinInput, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { isFailure } from '#base'
import { routes } from '#contract'
import { api, keepCsrf } from '../api/client.ts'
import { EntryFrame } from '../parts/entry-frame.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { useWords } from '../words/language.tsx'

export function SignInPage({ onDone }: { readonly onDone: () => void }) {
  const { session } = useWords()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState<string>()
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const signIn = async (oneTimeCode: string | undefined) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const body = { email, password, ...(oneTimeCode ? { oneTimeCode } : {}) }
      const { csrf } = await api.call(routes.signIn.begin, { body })
      keepCsrf(csrf)
      onDone()
    } catch (error) {
      if (isFailure(error, 'auth.second-factor-needed') && code === undefined) setCode('')
      else setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <EntryFrame title={session.signIn}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void signIn(code)
        }}
      >
        <Stack>
          <TextInput
            label={session.email}
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={session.password}
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {code !== undefined && (
            <div>
              <Text size="sm" fw={500} mb={4}>
                {session.oneTimeCode}
              </Text>
              <PinInput
                length={6}
                type="number"
                oneTimeCode
                autoFocus
                ariaLabel={session.oneTimeCodeHint}
                value={code}
                onChange={setCode}
                onComplete={(whole) => void signIn(whole)}
              />
            </div>
          )}
          {problem !== undefined && <ProblemNotice problem={problem} />}
          <Button type="submit" loading={isBusy} fullWidth>
            {session.signIn}
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  )
}
