/** The second factor of the own sign-in: off, being set up, or on. */
import { Badge, Button, Group, PasswordInput, Text } from '@mantine/core'
import { useState } from 'react'
import { routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { refreshCaller, useCaller } from '../../api/session.tsx'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { usersTexts } from '../../words/users.ts'
import { FactorSetUp } from './factor-set-up.tsx'
import { Section } from './section.tsx'

export function SecondFactor() {
  const { factor: texts } = usePageWords(settingsTexts)
  const { factorOn, factorOff } = usePageWords(usersTexts)
  const { user } = useCaller()
  const [open, setOpen] = useState<'set up' | 'turn off'>()
  const begin = useAction(routes.signIn.beginSecondFactor)
  const close = () => setOpen(undefined)
  return (
    <Section title={texts.title}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm" maw={520}>
          <Badge variant="light" color={user.secondFactor ? 'teal' : 'gray'} tt="none">
            {user.secondFactor ? factorOn : factorOff}
          </Badge>
          <Text size="sm">{user.secondFactor ? texts.on : texts.off}</Text>
        </Group>
        {user.secondFactor ? (
          <Button variant="default" onClick={() => setOpen('turn off')}>
            {texts.turnOff}
          </Button>
        ) : (
          <Button
            loading={begin.isPending}
            onClick={() => begin.mutate({}, { onSuccess: () => setOpen('set up') })}
          >
            {texts.setUp}
          </Button>
        )}
      </Group>
      {begin.isError && <ProblemNotice problem={begin.error} />}
      {open === 'set up' && begin.data !== undefined && (
        <FactorSetUp setup={begin.data} onClose={close} />
      )}
      {open === 'turn off' && <TurnOff onClose={close} />}
    </Section>
  )
}

function TurnOff({ onClose }: { readonly onClose: () => void }) {
  const { factor: texts } = usePageWords(settingsTexts)
  const tell = useTell()
  const [password, setPassword] = useState('')
  const remove = useAction(routes.signIn.removeSecondFactor)
  const onSuccess = async () => {
    tell.done(texts.turnedOff)
    onClose()
    await refreshCaller()
  }
  return (
    <ConfirmTyped
      title={texts.turnOffTitle}
      says={[texts.turnOffSays]}
      confirmation={undefined}
      action={texts.turnOff}
      isBusy={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ body: { password } }, { onSuccess })}
      onClose={onClose}
    >
      <PasswordInput
        label={texts.password}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        maxLength={256}
        required
        data-autofocus
      />
    </ConfirmTyped>
  )
}
