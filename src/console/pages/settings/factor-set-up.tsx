/** Setting up a second factor: its secret as a picture and as text, which counts once a code of it was sent back. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type CallAnswer, routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { refreshCaller } from '../../api/session.tsx'
import { CopiedText } from '../../parts/copied-text.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { OwnPassword } from '../../parts/own-password.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QrCode } from '../../parts/qr/qr-code.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'

const codeLength = 6

export function FactorSetUp({
  setup,
  onDone,
  onClose,
}: {
  readonly setup: CallAnswer<typeof routes.signIn.beginSecondFactor>
  readonly onDone: (recoveryCodes: readonly string[]) => void
  readonly onClose: () => void
}) {
  const { factor: texts } = usePageWords(settingsTexts)
  const { everywhere, session } = useWords()
  const tell = useTell()
  const [code, setCode] = useState('')
  const [password, setPassword] = useState('')
  const confirm = useAction(routes.signIn.confirmSecondFactor)
  return (
    <Dialog onClose={onClose} title={texts.setUpTitle} closeOnClickOutside={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          confirm.mutate(
            { body: { oneTimeCode: code, password } },
            {
              onSuccess: ({ codes }) => {
                tell.done(texts.turnedOn)
                onDone(codes)
                void refreshCaller()
              },
            },
          )
        }}
      >
        <Stack>
          <Text size="sm">{texts.scan}</Text>
          <Group justify="center">
            <QrCode text={setup.address} label={texts.qr} />
          </Group>
          <CopiedText label={texts.secret} text={setup.secret} />
          <TextInput
            label={texts.code}
            description={session.oneTimeCodeHint}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value.replace(/\D/g, ''))}
            maxLength={codeLength}
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            data-autofocus
          />
          <OwnPassword label={texts.password} value={password} onChange={setPassword} />
          {confirm.isError && <ProblemNotice problem={confirm.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {everywhere.cancel}
            </Button>
            <Button
              type="submit"
              loading={confirm.isPending}
              disabled={code.length !== codeLength || password === ''}
            >
              {texts.confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
