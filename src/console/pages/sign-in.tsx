/** Signing in: with a passkey, or with e-mail and password, and the second factor when the server asks for one. */
import { Button, Divider, PinInput, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconFingerprint } from '@tabler/icons-react'
import { useState } from 'react'
import { isFailure } from '#base'
import { routes } from '#contract'
import { api, keepCsrf } from '../api/client.ts'
import { signInWithPasskey } from '../api/passkeys.ts'
import { EntryFrame } from '../parts/entry-frame.tsx'
import { PasskeyNotice } from '../parts/passkey-notice.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { SecretInput } from '../parts/secret-input.tsx'
import { useWords } from '../words/language.tsx'

type Done = { readonly onDone: () => void }

export function SignInPage({ onDone }: Done) {
  const { session } = useWords()
  return (
    <EntryFrame title={session.signIn}>
      <Stack>
        <PasswordForm onDone={onDone} />
        <Divider />
        <PasskeyButton onDone={onDone} />
      </Stack>
    </EntryFrame>
  )
}

/** The code besides the password; undefined: none is asked for. */
type Code = { readonly kind: 'oneTimeCode' | 'recoveryCode'; readonly text: string } | undefined

function PasswordForm({ onDone }: Done) {
  const { session } = useWords()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState<Code>()
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const signIn = async (shown: Code) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const proof = shown === undefined || shown.text === '' ? {} : { [shown.kind]: shown.text }
      const { csrf } = await api.call(routes.signIn.begin, { body: { email, password, ...proof } })
      keepCsrf(csrf)
      onDone()
    } catch (error) {
      if (isFailure(error, 'auth.second-factor-needed') && code === undefined)
        setCode({ kind: 'oneTimeCode', text: '' })
      else setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
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
        <SecretInput
          label={session.password}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {code !== undefined && (
          <CodeField code={code} onChange={setCode} onWhole={(whole) => void signIn(whole)} />
        )}
        {problem !== undefined && <ProblemNotice problem={problem} />}
        <Button type="submit" loading={isBusy} fullWidth>
          {session.signIn}
        </Button>
      </Stack>
    </form>
  )
}

function CodeField({
  code: { kind, text },
  onChange,
  onWhole,
}: {
  readonly code: NonNullable<Code>
  readonly onChange: (code: Code) => void
  readonly onWhole: (code: Code) => void
}) {
  const { session } = useWords()
  const isRecovery = kind === 'recoveryCode'
  return (
    <div>
      {isRecovery ? (
        <TextInput
          label={session.recoveryCode}
          classNames={{ input: 'mono' }}
          value={text}
          onChange={(event) => onChange({ kind, text: event.currentTarget.value.trim() })}
          maxLength={64}
          autoComplete="off"
          required
          autoFocus
        />
      ) : (
        <>
          <Text size="sm" fw={600} mb={4}>
            {session.oneTimeCode}
          </Text>
          <PinInput
            length={6}
            type="number"
            oneTimeCode
            autoFocus
            ariaLabel={session.oneTimeCodeHint}
            value={text}
            onChange={(next) => onChange({ kind, text: next })}
            onComplete={(whole) => onWhole({ kind, text: whole })}
          />
        </>
      )}
      <UnstyledButton
        mt={8}
        fz="sm"
        td="underline"
        onClick={() => onChange({ kind: isRecovery ? 'oneTimeCode' : 'recoveryCode', text: '' })}
      >
        {isRecovery ? session.useOneTimeCode : session.useRecoveryCode}
      </UnstyledButton>
    </div>
  )
}

function PasskeyButton({ onDone }: Done) {
  const { session } = useWords()
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const signIn = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await signInWithPasskey()
      onDone()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Button
        variant="default"
        fullWidth
        leftSection={<IconFingerprint size={18} aria-hidden />}
        loading={isBusy}
        onClick={() => void signIn()}
      >
        {session.passkey}
      </Button>
      {problem !== undefined && <PasskeyNotice problem={problem} />}
    </>
  )
}
