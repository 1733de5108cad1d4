/** The second factor of the own sign-in: off, being set up, or on, with its recovery codes. */

import { Badge, Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { refreshCaller, useCaller } from '../../api/session.tsx'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { OwnPassword } from '../../parts/own-password.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { usersTexts } from '../../words/users.ts'
import { FactorSetUp } from './factor-set-up.tsx'
import { RenewCodes, ShownCodes } from './recovery-codes.tsx'
import { Section } from './section.tsx'

type Open =
  | { readonly kind: 'set up' | 'turn off' | 'renew' }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }

export function SecondFactor() {
  const { factor: texts } = usePageWords(settingsTexts)
  const [open, setOpen] = useState<Open>()
  const begin = useAction(routes.signIn.beginSecondFactor)
  const close = () => setOpen(undefined)
  const show = (codes: readonly string[]) => setOpen({ kind: 'codes', codes })
  return (
    <Section title={texts.title}>
      <State
        isBusy={begin.isPending}
        onSetUp={() => begin.mutate({}, { onSuccess: () => setOpen({ kind: 'set up' }) })}
        onTurnOff={() => setOpen({ kind: 'turn off' })}
        onRenew={() => setOpen({ kind: 'renew' })}
      />
      {begin.isError && <ProblemNotice problem={begin.error} />}
      {open?.kind === 'set up' && begin.data !== undefined && (
        <FactorSetUp setup={begin.data} onDone={show} onClose={close} />
      )}
      {open?.kind === 'turn off' && <TurnOff onClose={close} />}
      {open?.kind === 'renew' && <RenewCodes onMade={show} onClose={close} />}
      {open?.kind === 'codes' && (
        // Nothing but the button closes it: what is shown once must not go by a slip.
        <Dialog
          onClose={close}
          title={texts.codesTitle}
          withCloseButton={false}
          closeOnClickOutside={false}
          closeOnEscape={false}
        >
          <ShownCodes codes={open.codes} onKept={close} />
        </Dialog>
      )}
    </Section>
  )
}

function State({
  isBusy,
  onSetUp,
  onTurnOff,
  onRenew,
}: {
  readonly isBusy: boolean
  readonly onSetUp: () => void
  readonly onTurnOff: () => void
  readonly onRenew: () => void
}) {
  const { factor: texts } = usePageWords(settingsTexts)
  const { factorOn, factorOff } = usePageWords(usersTexts)
  const { user, recoveryCodes } = useCaller()
  if (!user.secondFactor)
    return (
      <Group justify="space-between" gap="sm">
        <Group gap="sm" maw={520}>
          <Badge variant="light" color="gray" tt="none">
            {factorOff}
          </Badge>
          <Text size="sm">{texts.off}</Text>
        </Group>
        <Button loading={isBusy} onClick={onSetUp}>
          {texts.setUp}
        </Button>
      </Group>
    )
  return (
    <Group justify="space-between" gap="sm">
      <Group gap="sm" maw={520}>
        <Badge variant="light" color="teal" tt="none">
          {factorOn}
        </Badge>
        <Text size="sm">{texts.on}</Text>
        {recoveryCodes !== undefined && (
          <Text size="sm" c={recoveryCodes < 3 ? 'orange' : 'dimmed'}>
            {texts.codesLeft(recoveryCodes)}
          </Text>
        )}
      </Group>
      <Group gap="xs">
        <Button variant="default" onClick={onRenew}>
          {texts.newCodes}
        </Button>
        <Button variant="default" onClick={onTurnOff}>
          {texts.turnOff}
        </Button>
      </Group>
    </Group>
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
      <OwnPassword label={texts.password} value={password} onChange={setPassword} isFirst />
    </ConfirmTyped>
  )
}
