/** The own passkeys: what each is called, when it signed in last, and its end. */

import { Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { type Passkey, routes } from '#contract'
import { findObstacle, makePasskey } from '../../api/passkeys.ts'
import { queries, useAction, usePages } from '../../api/queries.ts'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { OwnPassword } from '../../parts/own-password.tsx'
import { ObstacleNotice, PasskeyNotice } from '../../parts/passkey-notice.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { Section } from './section.tsx'

const touches = [routes.passkeys.list]

type Open =
  | { readonly kind: 'new' }
  | { readonly kind: 'name' | 'removal'; readonly passkey: Passkey }

export function Passkeys() {
  const { passkeys: texts } = usePageWords(settingsTexts)
  const [open, setOpen] = useState<Open>()
  const list = usePages(routes.passkeys.list, { query: { limit: 50 } })
  const obstacle = findObstacle()
  const close = () => setOpen(undefined)
  return (
    <Section title={texts.title} about={texts.about}>
      <Stack gap="sm">
        {list.isPending && <Loading />}
        {list.isError && <ProblemNotice problem={list.error} onRetry={list.refetch} />}
        {list.isSuccess && list.items.length === 0 && <Text size="sm">{texts.none}</Text>}
        {list.items.map((passkey) => (
          <Line
            key={passkey.passkeyId}
            passkey={passkey}
            onName={() => setOpen({ kind: 'name', passkey })}
            onRemove={() => setOpen({ kind: 'removal', passkey })}
          />
        ))}
        {obstacle === undefined ? (
          <Button style={{ alignSelf: 'flex-start' }} onClick={() => setOpen({ kind: 'new' })}>
            {texts.add}
          </Button>
        ) : (
          <ObstacleNotice obstacle={obstacle} />
        )}
      </Stack>
      {open?.kind === 'new' && <NewPasskey onClose={close} />}
      {open?.kind === 'name' && <NameDialog passkey={open.passkey} onClose={close} />}
      {open?.kind === 'removal' && <RemovalDialog passkey={open.passkey} onClose={close} />}
    </Section>
  )
}

function Line({
  passkey: { name, createdAt, lastUsedAt, synced },
  onName,
  onRemove,
}: {
  readonly passkey: Passkey
  readonly onName: () => void
  readonly onRemove: () => void
}) {
  const { passkeys: texts } = usePageWords(settingsTexts)
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <div style={{ minWidth: 0 }}>
        <Group gap={8} wrap="nowrap">
          <Text size="sm" fw={600} truncate dir="auto" title={name}>
            {name}
          </Text>
          {synced && (
            <Badge variant="light" color="gray" tt="none" flex="none">
              {texts.synced}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {texts.made} <Instant at={createdAt} />
          {' · '}
          {lastUsedAt === undefined ? (
            texts.unused
          ) : (
            <>
              {texts.used} <Instant at={lastUsedAt} />
            </>
          )}
        </Text>
      </div>
      <Group gap={4} wrap="nowrap" flex="none">
        <Button
          size="compact-sm"
          variant="default"
          aria-label={texts.renameOf(name)}
          onClick={onName}
        >
          {texts.rename}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          aria-label={texts.removeOf(name)}
          onClick={onRemove}
        >
          {texts.remove}
        </Button>
      </Group>
    </Group>
  )
}

/** By who knows the password; then the browser asks for a finger, a face or a PIN. */
function NewPasskey({ onClose }: { readonly onClose: () => void }) {
  const { passkeys: texts } = usePageWords(settingsTexts)
  const tell = useTell()
  const [typed, setTyped] = useState({ name: '', password: '' })
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const make = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await makePasskey({ ...typed, name: typed.name.trim() })
      tell.done(texts.added)
      onClose()
      await queries.invalidateQueries()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <NameForm
      title={texts.add}
      action={texts.make}
      name={typed.name}
      onName={(name) => setTyped((old) => ({ ...old, name }))}
      isBusy={isBusy}
      onSubmit={() => void make()}
      onClose={onClose}
    >
      <OwnPassword
        label={texts.password}
        description={texts.passwordHint}
        value={typed.password}
        onChange={(password) => setTyped((old) => ({ ...old, password }))}
      />
      {problem !== undefined && <PasskeyNotice problem={problem} />}
    </NameForm>
  )
}

type Dialog = { readonly passkey: Passkey; readonly onClose: () => void }

function NameDialog({ passkey: { passkeyId, name: before }, onClose }: Dialog) {
  const { passkeys: texts } = usePageWords(settingsTexts)
  const { everywhere } = useWords()
  const [name, setName] = useState(before)
  const update = useAction(routes.passkeys.update, { touches })
  return (
    <NameForm
      title={texts.renameOf(before)}
      action={everywhere.save}
      name={name}
      onName={setName}
      isBusy={update.isPending}
      onSubmit={() =>
        update.mutate({ path: { passkeyId }, body: { name: name.trim() } }, { onSuccess: onClose })
      }
      onClose={onClose}
    >
      {update.isError && <ProblemNotice problem={update.error} />}
    </NameForm>
  )
}

function NameForm({
  title,
  action,
  name,
  onName,
  isBusy,
  onSubmit,
  onClose,
  children,
}: {
  readonly title: string
  readonly action: string
  readonly name: string
  readonly onName: (name: string) => void
  readonly isBusy: boolean
  readonly onSubmit: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const { passkeys: texts } = usePageWords(settingsTexts)
  return (
    <FormDialog
      title={title}
      action={action}
      attempt={{ isPending: isBusy, error: null }}
      onSubmit={onSubmit}
      onClose={onClose}
    >
      <TextInput
        label={texts.name}
        placeholder={texts.nameHint}
        value={name}
        onChange={(event) => onName(event.currentTarget.value)}
        maxLength={64}
        required
        data-autofocus
      />
      {children}
    </FormDialog>
  )
}

function RemovalDialog({ passkey: { passkeyId, name }, onClose }: Dialog) {
  const { passkeys: texts } = usePageWords(settingsTexts)
  const tell = useTell()
  const remove = useAction(routes.passkeys.remove, { touches })
  const onSuccess = () => {
    tell.done(texts.removed)
    onClose()
  }
  return (
    <ConfirmTyped
      title={texts.removeOf(name)}
      says={[texts.removeSays, texts.removeThere]}
      confirmation={undefined}
      action={texts.remove}
      isBusy={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ path: { passkeyId } }, { onSuccess })}
      onClose={onClose}
    />
  )
}
