/** The first step: what is restored, where to, and what happens to files that are there. */
import { Radio, Stack, Textarea } from '@mantine/core'
import type { ReactNode } from 'react'
import { conflictRules, listedPathsMax, type Point, pathToText } from '#contract'
import { FolderPicker } from '../../parts/folder-picker.tsx'
import { Bytes, FilesAndSize, formatCount } from '../../parts/formats.tsx'
import { MachineSelect } from '../../parts/machine-select.tsx'
import { useLanguage, usePageWords, useWords } from '../../words/language.tsx'
import { wizardTexts } from '../../words/restore-wizard.ts'
import type { Selected } from '../point/selected.ts'
import { type Choices, problemOfList, whatKinds } from './choices.ts'

type Chosen = {
  readonly point: Point
  readonly selected: Selected
  readonly choices: Choices
  readonly onChange: (change: Partial<Choices>) => void
}

export function ChoicesForm({ point, selected, choices, onChange }: Chosen) {
  const words = usePageWords(wizardTexts)
  return (
    <Stack>
      <WhatChoice point={point} selected={selected} choices={choices} onChange={onChange} />
      <MachineSelect
        label={words.where}
        value={choices.machine}
        onChange={(machine) => onChange({ machine })}
        own={{ instanceId: point.instanceId, note: words.sameMachine }}
      />
      <Radio.Group
        label={words.place}
        value={choices.place}
        onChange={(place) => onChange({ place: place === 'original' ? 'original' : 'folder' })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="folder" label={words.folder} />
          {choices.place === 'folder' && (
            <FolderPicker
              label={words.folderName}
              instanceId={choices.machine?.instanceId ?? point.instanceId}
              value={choices.folder}
              onChange={(folder) => onChange({ folder })}
              original={pathToText(point.path)}
            />
          )}
          <Radio value="original" label={words.original} />
        </Stack>
      </Radio.Group>
      <Radio.Group
        label={words.conflict}
        value={choices.conflict}
        onChange={(value) =>
          onChange({ conflict: conflictRules.find((rule) => rule === value) ?? 'skip' })
        }
      >
        <Stack gap="xs" mt="xs">
          {conflictRules.map((rule) => (
            <Radio key={rule} value={rule} label={words.rules[rule]} />
          ))}
        </Stack>
      </Radio.Group>
    </Stack>
  )
}

function WhatChoice({ point, selected, choices, onChange }: Chosen) {
  const words = usePageWords(wizardTexts)
  const { locale } = useLanguage()
  const { what, list } = choices
  const amounts: Readonly<Partial<Record<Choices['what'], ReactNode>>> = {
    selected: <Amount selected={selected} />,
    all: <FilesAndSize files={point.files} bytes={point.sourceBytes} />,
  }
  const problem = problemOfList(list)
  const sentence =
    problem?.kind === 'relative'
      ? words.notAbsolute(problem.path)
      : problem && words.tooMany(formatCount(listedPathsMax, locale))
  return (
    <Radio.Group
      label={words.what}
      value={what}
      onChange={(value) => onChange({ what: whatKinds.find((kind) => kind === value) ?? 'all' })}
    >
      <Stack gap="xs" mt="xs">
        {whatKinds
          .filter((kind) => kind !== 'selected' || selected.size > 0)
          .map((kind) => (
            <Radio
              key={kind}
              value={kind}
              label={words.kinds[kind]}
              {...(amounts[kind] === undefined ? {} : { description: amounts[kind] })}
            />
          ))}
        {(what === 'include' || what === 'exclude') && (
          <Textarea
            aria-label={words.list}
            placeholder={words.list}
            classNames={{ input: 'mono' }}
            autosize
            minRows={3}
            maxRows={10}
            value={list}
            onChange={(event) => onChange({ list: event.currentTarget.value })}
            {...(sentence === undefined ? {} : { error: sentence })}
          />
        )}
      </Stack>
    </Radio.Group>
  )
}

/** How much it is; of a folder with all that is below it. */
function Amount({ selected }: { readonly selected: Selected }) {
  const { everywhere } = useWords()
  const { uncounted } = usePageWords(wizardTexts)
  const entries = [...selected.values()]
  // A folder that was found by a search comes without what is in it.
  if (entries.some(({ kind, below }) => kind === 'directory' && below === undefined))
    return uncounted
  const count = entries.reduce((sum, { below }) => sum + 1 + (below?.entries ?? 0), 0)
  const bytes = entries.reduce((sum, { size, below }) => sum + (below?.bytes ?? size), 0)
  return (
    <>
      {everywhere.total(count)} · <Bytes value={bytes} />
    </>
  )
}
