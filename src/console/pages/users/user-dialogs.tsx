/** What is done with a user: changes in a form, and what ends something with what is lost by it. */

import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { routes, type User } from '#contract'
import { useAction } from '../../api/queries.ts'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { usersTexts } from '../../words/users.ts'
import { FirstPassword, RoleSelect } from './fields.tsx'
import { makePassword, type UserStep } from './rules.ts'

type Part = { readonly user: User; readonly onClose: () => void }

const touches = [routes.users.list]

export function UserDialog({ step, ...part }: Part & { readonly step: UserStep }) {
  switch (step) {
    case 'edit':
      return <EditDialog {...part} />
    case 'password':
      return <PasswordDialog {...part} />
    case 'remove':
      return <RemovalDialog {...part} />
    case 'factor':
    case 'disable':
    case 'enable':
      return <ChangeDialog step={step} {...part} />
  }
}

function EditDialog({ user, onClose }: Part) {
  const { form: texts } = usePageWords(usersTexts)
  const tell = useTell()
  const [name, setName] = useState(user.name)
  const [role, setRole] = useState(user.role)
  const update = useAction(routes.users.update, { touches })
  const onSuccess = () => {
    tell.done(texts.saved)
    onClose()
  }
  return (
    <FormDialog
      title={texts.editTitle(user.name)}
      attempt={update}
      onSubmit={() =>
        update.mutate(
          { path: { userId: user.userId }, body: { name: name.trim(), role } },
          { onSuccess },
        )
      }
      onClose={onClose}
    >
      <TextInput
        label={texts.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={64}
        required
        data-autofocus
      />
      <RoleSelect value={role} onChange={setRole} />
    </FormDialog>
  )
}

function PasswordDialog({ user, onClose }: Part) {
  const { form: texts } = usePageWords(usersTexts)
  const tell = useTell()
  const [password, setPassword] = useState(makePassword)
  const set = useAction(routes.users.setPassword, { touches })
  const onSuccess = () => {
    tell.done(texts.passwordSet)
    onClose()
  }
  return (
    <FormDialog
      title={texts.passwordTitle(user.name)}
      attempt={set}
      onSubmit={() =>
        set.mutate({ path: { userId: user.userId }, body: { password } }, { onSuccess })
      }
      onClose={onClose}
    >
      <Text size="sm">{texts.passwordEnds}</Text>
      <FirstPassword label={texts.newPassword} value={password} onChange={setPassword} />
      <Text size="sm" c="dimmed">
        {texts.handOver}
      </Text>
    </FormDialog>
  )
}

const changes = {
  factor: { secondFactor: false },
  disable: { status: 'DISABLED' },
  enable: { status: 'ACTIVE' },
} as const

function ChangeDialog({ step, user, onClose }: Part & { readonly step: keyof typeof changes }) {
  const { factor, disable, step: names } = usePageWords(usersTexts)
  const tell = useTell()
  const update = useAction(routes.users.update, { touches })
  const says = {
    factor: [factor.says, factor.first],
    disable: [disable.says, disable.stays],
    enable: [disable.enabled],
  }
  const titles = {
    factor: factor.title(user.name),
    disable: disable.title(user.name),
    enable: `${names.enable}: ${user.name}`,
  }
  const done = { factor: factor.done, disable: disable.done, enable: disable.enabled }
  const onSuccess = () => {
    tell.done(done[step])
    onClose()
  }
  return (
    <ConfirmTyped
      title={titles[step]}
      says={says[step]}
      confirmation={undefined}
      action={step === 'factor' ? factor.action : names[step]}
      isBusy={update.isPending}
      problem={update.error}
      onConfirm={() =>
        update.mutate({ path: { userId: user.userId }, body: changes[step] }, { onSuccess })
      }
      onClose={onClose}
    />
  )
}

function RemovalDialog({ user, onClose }: Part) {
  const { remove: texts } = usePageWords(usersTexts)
  const tell = useTell()
  const remove = useAction(routes.users.remove, { touches })
  const onSuccess = () => {
    tell.done(texts.done)
    onClose()
  }
  return (
    <ConfirmTyped
      title={texts.title(user.name)}
      says={[texts.says, texts.stays]}
      confirmation={user.email}
      action={texts.action}
      isBusy={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ path: { userId: user.userId } }, { onSuccess })}
      onClose={onClose}
    />
  )
}
