/** Making an API token: what it may do and how long; then its secret, this once. */
import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { routes, type Scope, scopes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { CopiedText } from '../../parts/copied-text.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { OwnPassword } from '../../parts/own-password.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { usersTexts } from '../../words/users.ts'

const lifeDays = [7, 30, 90, 365] as const
const usualDays = 90
const dayMs = 86_400_000

export function NewToken({ onClose }: { readonly onClose: () => void }) {
  const { tokens: texts } = usePageWords(usersTexts)
  const { everywhere } = useWords()
  const create = useAction(routes.tokens.create, { touches: [routes.tokens.list] })
  const secret = create.data?.secret
  return (
    <Dialog
      onClose={onClose}
      title={secret === undefined ? texts.addTitle : texts.madeTitle}
      // A click beside it must not lose what is shown once.
      closeOnClickOutside={secret === undefined}
    >
      {secret === undefined ? (
        <Form create={create} onClose={onClose} />
      ) : (
        <Stack>
          <CopiedText label={texts.secret} text={secret} />
          <Text size="sm">{texts.once}</Text>
          <Group justify="flex-end">
            <Button onClick={onClose}>{everywhere.done}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  )
}

type Creating = ReturnType<typeof useAction<typeof routes.tokens.create>>

function Form({ create, onClose }: { readonly create: Creating; readonly onClose: () => void }) {
  const { tokens: texts } = usePageWords(usersTexts)
  const { everywhere } = useWords()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly Scope[]>(['read'])
  const [password, setPassword] = useState('')
  const [days, setDays] = useState<number | undefined>(usualDays)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const end = days === undefined ? {} : { expiresAt: endAfter(days) }
        create.mutate({ body: { name: name.trim(), scopes: [...chosen], password, ...end } })
      }}
    >
      <Stack>
        <TextInput
          label={texts.name}
          placeholder={texts.nameHint}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={64}
          autoComplete="off"
          required
          data-autofocus
        />
        <Checkbox.Group
          label={texts.may}
          value={[...chosen]}
          onChange={(next) => setChosen(scopes.filter((scope) => next.includes(scope)))}
        >
          <Stack gap="xs" mt={4}>
            {scopes.map((scope) => (
              <Checkbox
                key={scope}
                value={scope}
                label={texts.scopes[scope]}
                description={texts.scopeMeans[scope]}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Select
          label={texts.ends}
          data={[
            ...lifeDays.map((count) => ({ value: `${count}`, label: texts.days(count) })),
            { value: 'never', label: texts.noEnd },
          ]}
          value={days === undefined ? 'never' : `${days}`}
          onChange={(value) => setDays(lifeDays.find((count) => `${count}` === value))}
          allowDeselect={false}
        />
        <OwnPassword label={texts.password} value={password} onChange={setPassword} />
        {create.isError && <ProblemNotice problem={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {everywhere.cancel}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={chosen.length === 0}>
            {texts.make}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function endAfter(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString()
}
