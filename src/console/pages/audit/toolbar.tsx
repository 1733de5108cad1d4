/** Filters of the audit log: time, person, deed, object and result. */
import { Button, CloseButton, Group, Select, TextInput } from '@mantine/core'
import { useMemo } from 'react'
import { auditResults, routeList } from '#contract'
import { useTypedDay, useTypedText } from '../../parts/typed.ts'
import { auditTexts } from '../../words/audit.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
import { type AuditFilter, type FilterChange, isFiltered } from './filter.ts'

export function Toolbar({
  filter,
  onChange,
}: {
  readonly filter: AuditFilter
  readonly onChange: (part: FilterChange) => void
}) {
  const texts = usePageWords(auditTexts)
  const { filters, results } = texts
  const deeds = useDeeds(filter.action)
  const clear = () => onChange({ from: '', until: '', who: '', action: '', object: '', result: '' })
  return (
    <Group gap="xs" role="search" align="flex-end">
      <DayField label={filters.from} value={filter.from} onChange={(from) => onChange({ from })} />
      <DayField
        label={filters.until}
        value={filter.until}
        onChange={(until) => onChange({ until })}
      />
      <TextField
        label={filters.who}
        hint={filters.whoHint}
        value={filter.who}
        onChange={(who) => onChange({ who })}
      />
      <Select
        label={filters.action}
        placeholder={filters.anyAction}
        data={deeds}
        value={filter.action ?? null}
        onChange={(action) => onChange({ action: action ?? '' })}
        searchable
        clearable
        w={210}
      />
      <TextField
        label={filters.object}
        hint={filters.objectHint}
        value={filter.object}
        onChange={(object) => onChange({ object })}
      />
      <Select
        label={filters.result}
        placeholder={filters.anyResult}
        data={auditResults.map((value) => ({ value, label: results[value] }))}
        value={filter.result ?? null}
        onChange={(result) => onChange({ result: result ?? '' })}
        clearable
        w={120}
      />
      {isFiltered(filter) && (
        <Button variant="subtle" onClick={clear}>
          {texts.clearFilters}
        </Button>
      )}
    </Group>
  )
}

/** Every call that changes something, by what it is called here; and the one that an address names. */
function useDeeds(
  chosen: string | undefined,
): readonly { readonly value: string; readonly label: string }[] {
  const { deeds } = usePageWords(auditTexts)
  return useMemo(() => {
    const names = routeList
      .filter(({ name, route }) => route.repeat !== 'safe' || name === chosen)
      .map(({ name }) => name)
    return names
      .map((value) => ({ value, label: deeds.names[value] ?? value }))
      .toSorted((a, b) => a.label.localeCompare(b.label))
  }, [deeds, chosen])
}

function DayField({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (day: string) => void
}) {
  return <TextInput label={label} {...useTypedDay(value, onChange)} w={140} />
}

/** Asks when the typing rests. */
function TextField({
  label,
  hint,
  value,
  onChange,
}: {
  readonly label: string
  readonly hint: string
  readonly value: string | undefined
  readonly onChange: (text: string) => void
}) {
  const { everywhere } = useWords()
  const { text, type } = useTypedText(value, onChange)
  return (
    <TextInput
      label={label}
      placeholder={hint}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      rightSection={
        text === '' ? null : (
          <CloseButton size="sm" aria-label={everywhere.clear} onClick={() => type('')} />
        )
      }
      maxLength={254}
      w={160}
    />
  )
}
