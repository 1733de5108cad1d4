/** A new vault: its name, what its lock keeps, and how long points may live in it. */
import { Alert, Checkbox, Select, Text, Textarea, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type CallInput, type RegionId, routes } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { useAllRegions } from '../../api/regions.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { parseTags } from '../../parts/tags.ts'
import { TagsField } from '../../parts/tags-field.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { AmountField, bytesOfGib } from './amount-field.tsx'
import { touchedByVaults } from './rights.ts'

const locks = ['off', 'governed', 'compliance'] as const
type Lock = (typeof locks)[number]
type Body = CallInput<typeof routes.vaults.create>['body']

type Draft = {
  readonly name: string
  readonly description: string
  readonly regionId?: RegionId
  /** Undefined: the server's default one. */
  readonly storage?: string
  readonly tags: readonly string[]
  readonly lock: Lock
  readonly isSure: boolean
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly quotaGib?: number | undefined
  readonly index: boolean
}

export function NewVault({ onClose }: { readonly onClose: () => void }) {
  const texts = usePageWords(vaultsTexts)
  const { form } = texts
  const navigate = useNavigate()
  const tell = useTell()
  const { items: regions } = useAllRegions()
  const create = useAction(routes.vaults.create, { touches: touchedByVaults })
  const [draft, setDraft] = useState<Draft>({
    name: '',
    description: '',
    tags: [],
    lock: 'governed',
    isSure: false,
    index: false,
  })
  const regionId = draft.regionId ?? regions[0]?.regionId
  const isReady =
    draft.name.trim() !== '' &&
    regionId !== undefined &&
    parseTags(draft.tags) !== undefined &&
    (draft.lock !== 'compliance' || draft.isSure)
  const submit = () => {
    if (regionId === undefined) return
    create.mutate(
      { body: bodyOf(draft, regionId) },
      {
        onSuccess: ({ vaultId }) => {
          tell.done(form.created)
          onClose()
          void navigate({ to: '/vaults/$vaultId', params: { vaultId }, search: {} })
        },
      },
    )
  }
  return (
    <FormDialog
      title={texts.create}
      action={form.action}
      isReady={isReady}
      attempt={create}
      onSubmit={submit}
      onClose={onClose}
    >
      <Fields
        draft={draft}
        onChange={(part) => setDraft((old) => ({ ...old, ...part }))}
        regions={regions}
        regionId={regionId}
      />
    </FormDialog>
  )
}

function bodyOf(draft: Draft, regionId: RegionId): Body {
  const { name, description, storage, lock, min, max, quotaGib, index } = draft
  const tags = parseTags(draft.tags)
  return {
    regionId,
    name: name.trim(),
    lock,
    searchIndex: index ? 'names' : 'off',
    ...(description.trim() === '' ? {} : { description: description.trim() }),
    ...(storage === undefined ? {} : { storage }),
    ...(tags === undefined || draft.tags.length === 0 ? {} : { tags }),
    ...(min === undefined ? {} : { retentionDaysMin: min }),
    ...(max === undefined ? {} : { retentionDaysMax: max }),
    ...(quotaGib === undefined ? {} : { quotaBytes: bytesOfGib(quotaGib) }),
  }
}

function Fields({
  draft,
  onChange,
  regions,
  regionId,
}: {
  readonly draft: Draft
  readonly onChange: (part: Partial<Draft>) => void
  readonly regions: readonly { readonly regionId: RegionId; readonly name: string }[]
  readonly regionId: RegionId | undefined
}) {
  const { form } = usePageWords(vaultsTexts)
  const pick = (wanted: string | null) => {
    const found = regions.find((one) => one.regionId === wanted)
    if (found !== undefined) onChange({ regionId: found.regionId })
  }
  return (
    <>
      <TextInput
        label={form.name}
        description={form.nameHint}
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        maxLength={64}
        required
        data-autofocus
      />
      <Textarea
        label={form.description}
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        maxLength={255}
      />
      {regions.length > 1 && (
        <Select
          label={form.region}
          data={regions.map((one) => ({ value: one.regionId, label: one.name }))}
          value={regionId ?? null}
          onChange={pick}
          allowDeselect={false}
        />
      )}
      <StorageField value={draft.storage} onChange={(storage) => onChange({ storage })} />
      <LockFields draft={draft} onChange={onChange} />
      <AmountField label={form.min} value={draft.min} onChange={(min) => onChange({ min })} />
      <AmountField label={form.max} value={draft.max} onChange={(max) => onChange({ max })} />
      <AmountField
        label={form.quota}
        about={form.quotaHint}
        empty={form.none}
        value={draft.quotaGib}
        onChange={(quotaGib) => onChange({ quotaGib })}
      />
      <TagsField value={draft.tags} onChange={(tags) => onChange({ tags })} />
      <Checkbox
        label={form.index}
        checked={draft.index}
        onChange={(event) => onChange({ index: event.currentTarget.checked })}
      />
    </>
  )
}

/** Where it is kept, if the server has more than one place for vaults; else which one that is. */
function StorageField({
  value,
  onChange,
}: {
  readonly value: string | undefined
  readonly onChange: (storage: string) => void
}) {
  const { form } = usePageWords(vaultsTexts)
  const names = useCall(routes.vaults.storages, {}).data?.names ?? []
  const [first, second] = names
  if (first === undefined) return null
  if (second === undefined)
    return (
      <Text size="sm" c="dimmed">
        {form.onlyStorage(first)}
      </Text>
    )
  return (
    <Select
      label={form.storage}
      data={[...names]}
      value={value ?? first}
      onChange={(wanted) => {
        if (wanted !== null) onChange(wanted)
      }}
      allowDeselect={false}
    />
  )
}

function LockFields({
  draft,
  onChange,
}: {
  readonly draft: Draft
  readonly onChange: (part: Partial<Draft>) => void
}) {
  const { form } = usePageWords(vaultsTexts)
  return (
    <>
      <Select
        label={form.lock}
        description={form.lockAbout[draft.lock]}
        data={locks.map((value) => ({ value, label: form.locks[value] }))}
        value={draft.lock}
        onChange={(wanted) =>
          onChange({ lock: locks.find((one) => one === wanted) ?? 'governed', isSure: false })
        }
        allowDeselect={false}
      />
      {draft.lock === 'compliance' && (
        <Alert color="yellow" p="sm">
          <Checkbox
            label={form.sure}
            checked={draft.isSure}
            onChange={(event) => onChange({ isSure: event.currentTarget.checked })}
          />
        </Alert>
      )}
    </>
  )
}
