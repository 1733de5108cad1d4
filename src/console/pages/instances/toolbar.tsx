/** Search and filters of the list of instances. */
import { Button, CloseButton, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { type InstanceFilter, isFiltered, shownStatuses } from './filter.ts'

const typingMs = 300

export function Toolbar({
  filter,
  onChange,
}: {
  readonly filter: InstanceFilter
  readonly onChange: (change: { readonly [Key in keyof InstanceFilter]?: unknown }) => void
}) {
  const texts = usePageWords(instancesTexts)
  const { items: regions } = usePages(routes.regions.list, {})
  const statuses = shownStatuses.map((value) => ({
    value,
    label: value === 'RELEASED' ? texts.releasedOnes : texts.statuses[value].name,
  }))
  return (
    <Group gap="xs" role="search">
      <SearchBox
        key={`search ${filter.search === undefined}`}
        label={texts.searchLabel}
        hint={texts.searchHint}
        value={filter.search}
        onChange={(search) => onChange({ search })}
      />
      <Select
        aria-label={texts.status}
        placeholder={texts.anyStatus}
        data={statuses}
        value={filter.status ?? null}
        onChange={(status) => onChange({ status })}
        clearable
        w={{ base: '100%', xs: 180 }}
      />
      {regions.length > 1 && (
        <Select
          aria-label={texts.region}
          placeholder={texts.anyRegion}
          data={regions.map(({ regionId, name }) => ({ value: regionId, label: name }))}
          value={filter.region ?? null}
          onChange={(region) => onChange({ region })}
          clearable
          w={160}
        />
      )}
      <SearchBox
        key={`tag ${filter.tag === undefined}`}
        label={texts.tag}
        hint={`${texts.tag}: ${texts.tagHint}`}
        value={filter.tag}
        onChange={(tag) => onChange({ tag })}
      />
      {isFiltered(filter) && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onChange({ search: '', status: '', region: '', tag: '' })}
        >
          {texts.clearFilters}
        </Button>
      )}
    </Group>
  )
}

/** Asks when the typing rests. */
function SearchBox({
  label,
  hint,
  value = '',
  onChange,
}: {
  readonly label: string
  readonly hint: string
  readonly value: string | undefined
  readonly onChange: (text: string) => void
}) {
  const [text, setText] = useState(value)
  const tell = useDebouncedCallback(onChange, typingMs)
  const type = (next: string) => {
    setText(next)
    tell(next)
  }
  return (
    <TextInput
      aria-label={label}
      placeholder={hint}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? null : <CloseButton size="sm" aria-label={label} onClick={() => type('')} />
      }
      maxLength={200}
      w={{ base: '100%', xs: 240 }}
    />
  )
}
