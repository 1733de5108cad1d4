/** A whole number that may be left out. */
import { NumberInput } from '@mantine/core'
import { usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'

const gibBytes = 2 ** 30

export function bytesOfGib(gib: number): number {
  return gib * gibBytes
}

export function gibOfBytes(bytes: number): number {
  return Math.ceil(bytes / gibBytes)
}

export function AmountField({
  label,
  about,
  empty,
  value,
  onChange,
}: {
  readonly label: string
  readonly about?: string
  /** What leaving it out means. */
  readonly empty?: string
  readonly value: number | undefined
  readonly onChange: (value: number | undefined) => void
}) {
  const { form } = usePageWords(vaultsTexts)
  return (
    <NumberInput
      label={label}
      description={about}
      placeholder={empty ?? form.any}
      value={value ?? ''}
      onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
      min={1}
      max={1_000_000}
      allowDecimal={false}
      allowNegative={false}
      hideControls
    />
  )
}
