/** The own password, typed once more before something that matters. */
import { SecretInput } from './secret-input.tsx'

export function OwnPassword({
  label,
  description,
  value,
  onChange,
  isFirst = false,
}: {
  readonly label: string
  readonly description?: string
  readonly value: string
  readonly onChange: (password: string) => void
  /** The field that one types into first. */
  readonly isFirst?: boolean
}) {
  return (
    <SecretInput
      label={label}
      {...(description === undefined ? {} : { description })}
      autoComplete="current-password"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={256}
      required
      {...(isFirst ? { 'data-autofocus': true } : {})}
    />
  )
}
