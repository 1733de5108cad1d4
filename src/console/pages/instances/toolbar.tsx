/** Search and filters of the list of instances. */
import { Button, Chip, Group, Select } from '@mantine/core'
import { RegionSelect } from '../../parts/region-select.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { type InstanceFilter, isFiltered, shownStatuses } from './filter.ts'

export function Toolbar({
  filter,
  onChange,
}: {
  readonly filter: InstanceFilter
  readonly onChange: (change: { readonly [Key in keyof InstanceFilter]?: unknown }) => void
}) {
  const texts = usePageWords(instancesTexts)
  const statuses = shownStatuses.map((value) => ({
    value,
    label: value === 'RELEASED' ? texts.releasedOnes : texts.statuses[value].name,
  }))
  return (
    <Group gap="xs" role="search">
      <SearchBox
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
      <RegionSelect value={filter.region} onChange={(region) => onChange({ region })} />
      <SearchBox
        label={texts.tag}
        hint={`${texts.tag}: ${texts.tagHint}`}
        value={filter.tag}
        onChange={(tag) => onChange({ tag })}
      />
      {filter.status !== 'RELEASED' && (
        <Chip
          size="sm"
          radius="md"
          checked={filter.backup === 'none'}
          onChange={(isOn) => onChange({ backup: isOn ? 'none' : '' })}
        >
          {texts.withoutBackup}
        </Chip>
      )}
      {isFiltered(filter) && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onChange({ search: '', status: '', region: '', tag: '', backup: '' })}
        >
          {texts.clearFilters}
        </Button>
      )}
    </Group>
  )
}
