/** Adding somebody: a name, an address, a role, and a first password that is handed over by hand. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Role, routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { CopiedText } from '../../parts/copied-text.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { usersTexts } from '../../words/users.ts'
import { FirstPassword, RoleSelect } from './fields.tsx'
import { makePassword } from './rules.ts'

type Draft = {
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly password: string
}

export function AddUser({ onClose }: { readonly onClose: () => void }) {
  const { form: texts } = usePageWords(usersTexts)
  const { everywhere } = useWords()
  const [draft, setDraft] = useState<Draft>(() => ({
    name: '',
    email: '',
    role: 'backupOperator',
    password: makePassword(),
  }))
  const create = useAction(routes.users.create, { touches: [routes.users.list] })
  return (
    <Dialog onClose={onClose} title={texts.addTitle}>
      {create.isSuccess ? (
        <HandOver draft={draft} onClose={onClose} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            create.mutate({
              body: { ...draft, name: draft.name.trim(), email: draft.email.trim() },
            })
          }}
        >
          <Stack>
            <Fields draft={draft} change={(part) => setDraft((old) => ({ ...old, ...part }))} />
            {create.isError && <ProblemNotice problem={create.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {everywhere.cancel}
              </Button>
              <Button type="submit" loading={create.isPending}>
                {texts.addTitle}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  )
}

function Fields({
  draft,
  change,
}: {
  readonly draft: Draft
  readonly change: (part: Partial<Draft>) => void
}) {
  const { form: texts } = usePageWords(usersTexts)
  return (
    <>
      <TextInput
        label={texts.name}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        maxLength={64}
        autoComplete="off"
        required
        data-autofocus
      />
      <TextInput
        label={texts.email}
        type="email"
        value={draft.email}
        onChange={(event) => change({ email: event.currentTarget.value })}
        maxLength={254}
        autoComplete="off"
        required
      />
      <RoleSelect value={draft.role} onChange={(role) => change({ role })} />
      <FirstPassword
        label={texts.password}
        value={draft.password}
        onChange={(password) => change({ password })}
      />
    </>
  )
}

/** There is no message that carries a password: whoever adds somebody hands it over. */
function HandOver({ draft, onClose }: { readonly draft: Draft; readonly onClose: () => void }) {
  const { form: texts } = usePageWords(usersTexts)
  const { everywhere } = useWords()
  const lines = [location.origin, draft.email.trim(), draft.password].join('\n')
  return (
    <Stack>
      <Text style={{ overflowWrap: 'anywhere' }}>{texts.added(draft.name.trim())}</Text>
      <CopiedText label={texts.handOverLabel} text={lines} />
      <Text size="sm" c="dimmed">
        {texts.handOver}
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>{everywhere.done}</Button>
      </Group>
    </Stack>
  )
}
