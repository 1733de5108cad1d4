/** Recovery codes: shown once, when a factor was turned on or when new ones are made. */

import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { refreshCaller } from '../../api/session.tsx'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { CopiedText } from '../../parts/copied-text.tsx'
import { OwnPassword } from '../../parts/own-password.tsx'
import { usePageWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'

export function ShownCodes({
  codes,
  onKept,
}: {
  readonly codes: readonly string[]
  readonly onKept: () => void
}) {
  const { factor: texts } = usePageWords(settingsTexts)
  return (
    <Stack>
      <Text size="sm">{texts.codesAbout}</Text>
      <CopiedText label={texts.codesTitle} text={codes.join('\n')} />
      <Group justify="flex-end">
        <Button onClick={onKept}>{texts.kept}</Button>
      </Group>
    </Stack>
  )
}

/** By who knows the password: the codes would let in whoever found the browser open. */
export function RenewCodes({
  onMade,
  onClose,
}: {
  readonly onMade: (codes: readonly string[]) => void
  readonly onClose: () => void
}) {
  const { factor: texts } = usePageWords(settingsTexts)
  const [password, setPassword] = useState('')
  const renew = useAction(routes.signIn.renewRecoveryCodes)
  return (
    <ConfirmTyped
      title={texts.newCodes}
      says={[texts.newCodesSays]}
      confirmation={undefined}
      action={texts.newCodes}
      isBusy={renew.isPending}
      problem={renew.error}
      onConfirm={() =>
        renew.mutate(
          { body: { password } },
          {
            onSuccess: ({ codes }) => {
              onMade(codes)
              void refreshCaller()
            },
          },
        )
      }
      onClose={onClose}
    >
      <OwnPassword label={texts.password} value={password} onChange={setPassword} isFirst />
    </ConfirmTyped>
  )
}
