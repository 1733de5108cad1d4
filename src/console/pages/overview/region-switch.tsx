/** All regions together, or one of them: everything on the overview follows. */
import { Select } from '@mantine/core'
import { usePageWords } from '../../words/language.tsx'
import { regionsTexts } from '../../words/regions.ts'
import { useRegionNames } from './region-names.ts'

const all = ''

export function RegionSwitch({
  regionIds,
  chosen,
  onChange,
}: {
  readonly regionIds: readonly string[]
  /** Undefined: all of them. */
  readonly chosen: string | undefined
  readonly onChange: (region: string | undefined) => void
}) {
  const texts = usePageWords(regionsTexts)
  const nameOf = useRegionNames()
  return (
    <Select
      aria-label={texts.region}
      data={[
        { value: all, label: texts.all },
        ...regionIds.map((id) => ({ value: id, label: nameOf(id) })),
      ]}
      value={chosen ?? all}
      onChange={(wanted) => onChange(wanted === null || wanted === all ? undefined : wanted)}
      allowDeselect={false}
      searchable={regionIds.length > 10}
      w={220}
      maw="100%"
    />
  )
}
