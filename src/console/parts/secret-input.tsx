/** A field for a password, with the button that shows what is typed. */
import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { useWords } from '../words/language.tsx'

export function SecretInput(props: PasswordInputProps) {
  const { everywhere } = useWords()
  return (
    <PasswordInput
      {...props}
      visibilityToggleButtonProps={{ 'aria-label': everywhere.showTyped }}
    />
  )
}
