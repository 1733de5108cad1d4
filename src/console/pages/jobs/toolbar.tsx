/** Filters of the list of jobs: kind, state, machine, and the days in between. */
import { Button, Group, SegmentedControl, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { DayInput } from '../../parts/day-input.tsx'
import { RegionSelect } from '../../parts/region-select.tsx'
import { jobsTexts } from '../../words/jobs.ts'
import { usePageWords } from '../../words/language.tsx'
import { isFiltered, type JobsFilter, jobChoices, stateChoices } from './filter.ts'

export type FilterChange = { readonly [Key in keyof JobsFilter]?: string | undefined }

export function Toolbar({
  filter,
  onChange,
}: {
  readonly filter: JobsFilter
  readonly onChange: (change: FilterChange) => void
}) {
  const texts = usePageWords(jobsTexts)
  return (
    <Group gap="xs" role="search">
      <SegmentedControl
        aria-label={texts.kind}
        data={jobChoices.map((value) => ({ value, label: texts.kinds[value] }))}
        value={filter.kind ?? 'all'}
        onChange={(kind) => onChange({ kind })}
      />
      <Select
        aria-label={texts.state}
        placeholder={texts.anyState}
        data={stateChoices.map((value) => ({ value, label: texts.stateChoices[value] }))}
        value={filter.state ?? null}
        onChange={(state) => onChange({ state: state ?? undefined })}
        clearable
        w={170}
      />
      <MachineChoice instanceId={filter.instance} onChange={(instance) => onChange({ instance })} />
      <RegionSelect value={filter.region} onChange={(region) => onChange({ region })} />
      <DayInput
        label={texts.from}
        value={filter.from}
        max={filter.until}
        onChange={(from) => onChange({ from })}
      />
      <DayInput
        label={texts.until}
        value={filter.until}
        min={filter.from}
        onChange={(until) => onChange({ until })}
      />
      {isFiltered(filter) && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() =>
            onChange({ kind: '', state: '', instance: '', region: '', from: '', until: '' })
          }
        >
          {texts.clearFilters}
        </Button>
      )}
    </Group>
  )
}

const typingMs = 300
const namesMax = 20

/** The server is asked for names that fit: there may be thousands. */
function MachineChoice({
  instanceId,
  onChange,
}: {
  readonly instanceId: string | undefined
  readonly onChange: (instanceId: string | undefined) => void
}) {
  const texts = usePageWords(jobsTexts)
  const [text, setText] = useState('')
  const [asked] = useDebouncedValue(text.trim(), typingMs)
  const chosen = useCall(
    routes.instances.get,
    { path: { instanceId: instanceId ?? '' } },
    { enabled: instanceId !== undefined },
  )
  // The name of what is chosen stands in the field, and is no search.
  const search = asked === '' || asked === chosen.data?.name ? {} : { search: asked }
  const { data } = useCall(
    routes.instances.list,
    { query: { limit: namesMax, sort: 'name', ...search } },
    { keepsPrevious: true },
  )
  const found = data?.items ?? []
  const shown =
    chosen.data === undefined || found.some((one) => one.instanceId === instanceId)
      ? found
      : [chosen.data, ...found]
  return (
    <Select
      aria-label={texts.machine}
      placeholder={texts.anyMachine}
      data={shown.map(({ instanceId: value, name }) => ({ value, label: name }))}
      value={instanceId ?? null}
      onChange={(value) => onChange(value ?? undefined)}
      searchable
      onSearchChange={setText}
      filter={({ options }) => options}
      nothingFoundMessage={texts.noMachine}
      clearable
      w={180}
    />
  )
}
