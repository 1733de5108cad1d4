/** The regions of the server; owners add and change them. None is ever removed: machines and vaults are in it. */
import { ActionIcon, Button, Text, TextInput } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import { type CallInput, type Region, routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { useAllRegions } from '../../api/regions.ts'
import { useMay } from '../../api/session.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { settingsRegionsTexts } from '../../words/settings-regions.ts'
import { Line, Section } from './section.tsx'

type Edited = { readonly kind: 'new' } | { readonly kind: 'known'; readonly region: Region }

export function Regions() {
  const texts = usePageWords(settingsRegionsTexts)
  const mayChange = useMay(['owner'])
  const regions = useAllRegions()
  const [edited, setEdited] = useState<Edited>()
  const close = () => setEdited(undefined)
  return (
    <Section title={texts.title} about={texts.about}>
      {regions.isError && <ProblemNotice problem={regions.error} onRetry={regions.refetch} />}
      {regions.items.map((region) => (
        <Line key={region.regionId} name={region.name}>
          <span className={region.dataAddress === undefined ? '' : 'mono'}>
            {region.dataAddress ?? texts.serverAddress}
          </span>
          {mayChange && (
            <ActionIcon
              variant="subtle"
              size="sm"
              ml={6}
              aria-label={texts.edit(region.name)}
              onClick={() => setEdited({ kind: 'known', region })}
            >
              <IconPencil size={16} aria-hidden />
            </ActionIcon>
          )}
          {region.description !== '' && (
            <Text size="xs" c="dimmed" dir="auto">
              {region.description}
            </Text>
          )}
        </Line>
      ))}
      {mayChange && (
        <Button variant="default" size="xs" mt="xs" onClick={() => setEdited({ kind: 'new' })}>
          {texts.add}
        </Button>
      )}
      {edited?.kind === 'new' && <NewRegion onClose={close} />}
      {edited?.kind === 'known' && <ChangedRegion region={edited.region} onClose={close} />}
    </Section>
  )
}

const idForm = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/

function NewRegion({ onClose }: { readonly onClose: () => void }) {
  const texts = usePageWords(settingsRegionsTexts)
  const tell = useTell()
  const create = useAction(routes.regions.create, { touches: [routes.regions.list] })
  const [regionId, setId] = useState('')
  const [draft, setDraft] = useState<Draft>({ name: '', description: '', dataAddress: '' })
  const body = newRegionOf(regionId, draft)
  return (
    <FormDialog
      title={texts.add}
      isReady={idForm.test(regionId) && draft.name.trim() !== ''}
      attempt={create}
      onSubmit={() =>
        create.mutate(
          { body },
          {
            onSuccess: ({ name }) => {
              tell.done(texts.added(name))
              onClose()
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextInput
        label={texts.id}
        description={texts.idHint}
        className="mono"
        value={regionId}
        maxLength={32}
        onChange={(event) => setId(event.currentTarget.value)}
        required
      />
      <Fields draft={draft} onChange={setDraft} />
    </FormDialog>
  )
}

function ChangedRegion({
  region: { regionId, name, description, dataAddress },
  onClose,
}: {
  readonly region: Region
  readonly onClose: () => void
}) {
  const texts = usePageWords(settingsRegionsTexts)
  const tell = useTell()
  const update = useAction(routes.regions.update, { touches: [routes.regions.list] })
  const [draft, setDraft] = useState<Draft>({
    name,
    description,
    dataAddress: dataAddress ?? '',
  })
  return (
    <FormDialog
      title={texts.edit(name)}
      isReady={draft.name.trim() !== ''}
      attempt={update}
      onSubmit={() =>
        update.mutate(
          { path: { regionId }, body: changeOf(draft) },
          {
            onSuccess: () => {
              tell.done(texts.saved)
              onClose()
            },
          },
        )
      }
      onClose={onClose}
    >
      <Fields draft={draft} onChange={setDraft} />
    </FormDialog>
  )
}

type Draft = {
  readonly name: string
  readonly description: string
  readonly dataAddress: string
}

function changeOf({ name, description, dataAddress }: Draft) {
  const address = dataAddress.trim()
  return {
    name: name.trim(),
    description: description.trim(),
    dataAddress: address === '' ? null : address,
  }
}

function newRegionOf(
  regionId: string,
  draft: Draft,
): CallInput<typeof routes.regions.create>['body'] {
  const { dataAddress, ...rest } = changeOf(draft)
  return { regionId, ...rest, ...(dataAddress === null ? {} : { dataAddress }) }
}

function Fields({
  draft,
  onChange,
}: {
  readonly draft: Draft
  readonly onChange: (draft: Draft) => void
}) {
  const texts = usePageWords(settingsRegionsTexts)
  return (
    <>
      <TextInput
        label={texts.name}
        value={draft.name}
        maxLength={64}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        required
      />
      <TextInput
        label={texts.description}
        value={draft.description}
        maxLength={255}
        onChange={(event) => onChange({ ...draft, description: event.currentTarget.value })}
      />
      <TextInput
        label={texts.dataAddress}
        description={texts.dataHint}
        type="url"
        className="mono"
        value={draft.dataAddress}
        onChange={(event) => onChange({ ...draft, dataAddress: event.currentTarget.value })}
      />
    </>
  )
}
