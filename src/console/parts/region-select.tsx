/** Which region a list is of. With one region there is nothing to choose. */
import { Select, type SelectProps } from '@mantine/core'
import { useAllRegions } from '../api/regions.ts'
import { usePageWords } from '../words/language.tsx'
import { regionsTexts } from '../words/regions.ts'

export function RegionSelect({
  value,
  onChange,
  size,
}: {
  /** Undefined: all of them. */
  readonly value: string | undefined
  readonly onChange: (region: string | undefined) => void
  readonly size?: NonNullable<SelectProps['size']>
}) {
  const texts = usePageWords(regionsTexts)
  const { items: regions } = useAllRegions()
  if (regions.length <= 1 && value === undefined) return null
  return (
    <Select
      aria-label={texts.region}
      placeholder={texts.all}
      data={regions.map(({ regionId, name }) => ({ value: regionId, label: name }))}
      value={value ?? null}
      onChange={(region) => onChange(region ?? undefined)}
      clearable
      clearButtonProps={{ 'aria-label': texts.all }}
      w={160}
      {...(size === undefined ? {} : { size })}
    />
  )
}
