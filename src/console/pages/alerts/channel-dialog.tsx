/** Adding a channel, or changing one. Secrets go in and are never shown again. */
import {
  Checkbox,
  MultiSelect,
  SegmentedControl,
  Select,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core'
import { useState } from 'react'
import { alertKinds, type Channel, channelKinds, routes, webhookForms } from '#contract'
import { useAction } from '../../api/queries.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { SecretInput } from '../../parts/secret-input.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'
import {
  badAddressesIn,
  type ChannelDraft,
  changeOf,
  draftOf,
  newChannelOf,
} from './channel-draft.ts'
import { useChannelName } from './channel-name.ts'

type Fields = {
  readonly channel: Channel | undefined
  readonly draft: ChannelDraft
  readonly change: (part: Partial<ChannelDraft>) => void
}

export function ChannelDialog({
  channel,
  onClose,
}: {
  readonly channel: Channel | undefined
  readonly onClose: () => void
}) {
  const { form: texts } = usePageWords(alertsTexts)
  const nameOf = useChannelName()
  const before = draftOf(channel, alertKinds.length)
  const [draft, setDraft] = useState(before)
  const change: Fields['change'] = (part) => setDraft((old) => ({ ...old, ...part }))
  const { save, isBusy, problem } = useSaving(channel, before, onClose)
  const fields = { channel, draft, change }
  return (
    <FormDialog
      title={channel === undefined ? texts.addTitle : texts.editTitle(nameOf(channel.name))}
      attempt={{ isPending: isBusy, error: problem }}
      onSubmit={() => {
        if (badAddressesIn(draft).length === 0) save(draft)
      }}
      onClose={onClose}
    >
      <TextInput
        label={texts.name}
        placeholder={texts.nameHint}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        maxLength={64}
        required
        data-autofocus
      />
      <Kind {...fields} />
      {draft.kind === 'email' ? <Mail {...fields} /> : <Webhook {...fields} />}
      <AlertKinds {...fields} />
      <Switch
        label={texts.enabled}
        checked={draft.enabled}
        onChange={(event) => change({ enabled: event.currentTarget.checked })}
      />
    </FormDialog>
  )
}

function useSaving(channel: Channel | undefined, before: ChannelDraft, onClose: () => void) {
  const { channels: texts } = usePageWords(alertsTexts)
  const tell = useTell()
  const touches = [routes.channels.list]
  const create = useAction(routes.channels.create, { touches })
  const update = useAction(routes.channels.update, { touches })
  const onSuccess = () => {
    tell.done(texts.saved)
    onClose()
  }
  const save = (draft: ChannelDraft) => {
    if (channel === undefined) {
      create.mutate({ body: newChannelOf(draft) }, { onSuccess })
      return
    }
    const { channelId } = channel
    const body = changeOf(draft, before, alertKinds)
    update.mutate({ path: { channelId }, body }, { onSuccess })
  }
  return {
    save,
    isBusy: create.isPending || update.isPending,
    problem: create.error ?? update.error,
  }
}

function Kind({ draft, change }: Fields) {
  const { channels, form: texts } = usePageWords(alertsTexts)
  const names = { email: channels.mail, webhook: channels.webhook }
  return (
    <SegmentedControl
      aria-label={texts.kind}
      data={channelKinds.map((value) => ({ value, label: names[value] }))}
      value={draft.kind}
      onChange={(value) => change({ kind: value === 'webhook' ? 'webhook' : 'email' })}
    />
  )
}

function Mail({ draft, change }: Fields) {
  const { form: texts } = usePageWords(alertsTexts)
  const bad = badAddressesIn(draft)
  return (
    <TagsInput
      label={texts.to}
      description={texts.toHint}
      value={[...draft.to]}
      onChange={(to) => change({ to })}
      error={bad.length === 0 ? undefined : texts.badAddresses(bad.join(', '))}
      maxTags={20}
      acceptValueOnBlur
    />
  )
}

function Webhook({ channel, draft, change }: Fields) {
  const { channels, form: texts } = usePageWords(alertsTexts)
  const isSigned = channel?.signed === true
  return (
    <>
      <TextInput
        label={texts.address}
        description={texts.addressHint}
        placeholder="https://"
        type="url"
        value={draft.address}
        onChange={(event) => change({ address: event.currentTarget.value })}
        maxLength={2_048}
        required
      />
      <Select
        label={texts.form}
        data={webhookForms.map((value) => ({ value, label: channels.forms[value] }))}
        value={draft.form}
        onChange={(value) =>
          change({ form: webhookForms.find((one) => one === value) ?? draft.form })
        }
        allowDeselect={false}
      />
      <SecretInput
        label={texts.secret}
        description={draft.form === 'ntfy' ? texts.secretHintNtfy : texts.secretHint}
        placeholder={isSigned ? texts.secretKept : ''}
        autoComplete="off"
        value={draft.secret}
        onChange={(event) => change({ secret: event.currentTarget.value })}
        minLength={8}
        maxLength={256}
        disabled={draft.dropsSecret}
      />
      {isSigned && (
        <Checkbox
          label={texts.dropSecret}
          checked={draft.dropsSecret}
          onChange={(event) => change({ dropsSecret: event.currentTarget.checked, secret: '' })}
        />
      )}
    </>
  )
}

function AlertKinds({ draft, change }: Fields) {
  const { kinds, form: texts } = usePageWords(alertsTexts)
  return (
    <div>
      <MultiSelect
        label={texts.kinds}
        data={alertKinds.map((value) => ({ value, label: kinds[value] }))}
        value={[...draft.kinds]}
        onChange={(chosen) =>
          change({ kinds: alertKinds.filter((kind) => chosen.some((one) => one === kind)) })
        }
        clearable
        clearButtonProps={{ 'aria-label': texts.kindsHint }}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {texts.kindsHint}
      </Text>
    </div>
  )
}
