/** Kind, size and time of the files that are searched for: one row, two columns where there is little room. */
import { Button, Group, Select, TextInput, Tooltip } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { DayInput } from '../../parts/day-input.tsx'
import { parseSize } from '../../parts/sizes.ts'
import { useTypedText } from '../../parts/typed.ts'
import { findFilesTexts } from '../../words/find-files.ts'
import { usePageWords } from '../../words/language.tsx'
import { type FileSearch, type FileSearchChange, isNarrowed, searchKinds } from './file-search.ts'

export function FileFilters({
  search,
  onChange,
}: {
  readonly search: FileSearch
  readonly onChange: (change: FileSearchChange) => void
}) {
  const { filters } = usePageWords(findFilesTexts)
  return (
    <Group gap="xs" role="group" aria-label={filters.name}>
      <Select
        aria-label={filters.kind}
        placeholder={filters.anyKind}
        data={searchKinds.map((value) => ({ value, label: filters.kinds[value] }))}
        value={search.kind ?? null}
        onChange={(kind) => onChange({ kind: kind ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': filters.anyKind }}
        w={{ base: '100%', xs: 130 }}
      />
      <SizeInput label={filters.min} value={search.min} onChange={(min) => onChange({ min })} />
      <SizeInput label={filters.max} value={search.max} onChange={(max) => onChange({ max })} />
      <DayInput
        label={filters.from}
        name={filters.fromName}
        value={search.from}
        max={search.until}
        onChange={(from) => onChange({ from })}
      />
      <DayInput
        label={filters.until}
        name={filters.untilName}
        value={search.until}
        min={search.from}
        onChange={(until) => onChange({ until })}
      />
      {isNarrowed(search) && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onChange({ kind: '', min: '', max: '', from: '', until: '' })}
        >
          {filters.clear}
        </Button>
      )}
    </Group>
  )
}

/** What is no size yet is not asked for. */
function SizeInput({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (size: string) => void
}) {
  const { filters } = usePageWords(findFilesTexts)
  const { text, type } = useTypedText(value, (size) => {
    if (size === '' || parseSize(size) !== undefined) onChange(size)
  })
  const isWrong = text.trim() !== '' && parseSize(text) === undefined
  return (
    <TextInput
      aria-label={`${filters.size}: ${label}`}
      title={isWrong ? filters.sizeWrong : `${filters.size}: ${label}`}
      leftSection={label}
      leftSectionWidth={68}
      leftSectionProps={{ style: { fontSize: 'var(--mantine-font-size-xs)' } }}
      placeholder={filters.sizeHint}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      error={isWrong}
      withErrorStyles={false}
      // Red letters would be too pale to read.
      styles={isWrong ? { input: { borderColor: 'var(--mantine-color-error)' } } : {}}
      rightSection={
        isWrong && (
          <Tooltip label={filters.sizeWrong}>
            <IconAlertCircle size={16} color="var(--mantine-color-error)" aria-hidden />
          </Tooltip>
        )
      }
      maxLength={24}
      w={{ base: 'calc(50% - 5px)', xs: 150 }}
    />
  )
}
