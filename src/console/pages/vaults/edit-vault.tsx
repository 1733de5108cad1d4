/** What may change of a vault: its name, description, tags, quota, who is told of its alerts, index and sharing; never its lock. */
import { Checkbox, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { routes, type Vault } from '#contract'
import { useAction } from '../../api/queries.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { parseTags, tagTexts } from '../../parts/tags.ts'
import { TagsField } from '../../parts/tags-field.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { alertChoiceTexts } from '../../words/alert-choice.ts'
import { usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { type AlertChoice, changeOf, isWhole, useChannels } from '../alerts/alert-choice.ts'
import { AlertChoiceField } from '../alerts/alert-choice-field.tsx'
import { AmountField, bytesOfGib, gibOfBytes } from './amount-field.tsx'
import { touchedByVaults } from './rights.ts'

export function EditVault({
  vault,
  onClose,
}: {
  readonly vault: Vault
  readonly onClose: () => void
}) {
  const { form } = usePageWords(vaultsTexts)
  const alertTexts = usePageWords(alertChoiceTexts)
  const tell = useTell()
  const update = useAction(routes.vaults.update, { touches: touchedByVaults })
  // What others change while it is open is not taken back by saving it.
  const [before] = useState(vault)
  const { vaultId, quotaBytes } = before
  const quotaBefore = quotaBytes === undefined ? undefined : gibOfBytes(quotaBytes)
  const [name, setName] = useState(before.name)
  const [description, setDescription] = useState(before.description)
  const [quota, setQuota] = useState(quotaBefore)
  const [searchIndex, setIndex] = useState(before.searchIndex)
  const [shareOverNetwork, setShares] = useState(before.shareOverNetwork)
  const [tagsTyped, setTags] = useState<readonly string[]>(() => tagTexts(before.tags))
  const tags = parseTags(tagsTyped)
  const [alerts, setAlerts] = useState<AlertChoice>(before)
  const { items: channels } = useChannels()
  const now = {
    name: name.trim(),
    description: description.trim(),
    searchIndex,
    shareOverNetwork,
    tags: tags ?? before.tags,
  }
  const body = {
    ...changesOf(before, now),
    // One that was not touched is not rounded.
    ...(quota === quotaBefore
      ? {}
      : { quotaBytes: quota === undefined ? null : bytesOfGib(quota) }),
    ...changeOf(before, alerts, channels),
  }
  const saved = () => {
    tell.done(form.saved)
    onClose()
  }
  return (
    <FormDialog
      title={form.editTitle(before.name)}
      isReady={now.name !== '' && tags !== undefined && isWhole(before, alerts, channels)}
      attempt={update}
      onSubmit={() => update.mutate({ path: { vaultId }, body }, { onSuccess: saved })}
      onClose={onClose}
    >
      <TextInput
        label={form.name}
        description={form.nameHint}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={64}
        required
        data-autofocus
      />
      <Textarea
        label={form.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        maxLength={255}
      />
      <TagsField value={tagsTyped} onChange={setTags} />
      <AmountField
        label={form.quota}
        about={quotaBefore === undefined ? form.quotaHint : form.quotaEnds}
        empty={form.none}
        value={quota}
        onChange={setQuota}
      />
      <AlertChoiceField
        value={alerts}
        settings={['account', 'custom', 'off']}
        about={alertTexts.ofInstances}
        onChange={setAlerts}
      />
      <Checkbox
        label={form.index}
        checked={searchIndex === 'names'}
        onChange={(event) => setIndex(event.currentTarget.checked ? 'names' : 'off')}
      />
      <Checkbox
        label={form.share}
        description={form.shareAbout}
        checked={shareOverNetwork}
        onChange={(event) => setShares(event.currentTarget.checked)}
      />
    </FormDialog>
  )
}

function changesOf<Facts extends object>(before: Facts, now: Facts): Partial<Facts> {
  const changed = Object.entries(now).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(before, key)),
  )
  return Object.fromEntries(changed) as Partial<Facts>
}
