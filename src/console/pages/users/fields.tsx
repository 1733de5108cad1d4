/** Fields that the forms about users share. */
import { Button, Select, Text, TextInput } from '@mantine/core'
import { type Role, roles } from '#contract'
import { useCaller } from '../../api/session.tsx'
import { usePageWords } from '../../words/language.tsx'
import { usersTexts } from '../../words/users.ts'
import { givenBy, makePassword } from './rules.ts'

export function RoleSelect({
  value,
  onChange,
}: {
  readonly value: Role
  readonly onChange: (role: Role) => void
}) {
  const texts = usePageWords(usersTexts)
  const { user } = useCaller()
  return (
    <Select
      label={texts.form.role}
      description={texts.roleMeans[value]}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={givenBy(user.role).map((role) => ({ value: role, label: texts.roles[role] }))}
      value={value}
      onChange={(next) => onChange(roles.find((role) => role === next) ?? value)}
      renderOption={({ option }) => {
        const role = roles.find((one) => one === option.value)
        return (
          <div>
            <Text size="sm">{option.label}</Text>
            {role !== undefined && (
              <Text size="xs" c="dimmed">
                {texts.roleMeans[role]}
              </Text>
            )}
          </div>
        )
      }}
      allowDeselect={false}
    />
  )
}

/** Shown as it is typed: it is read to somebody, who changes it. */
export function FirstPassword({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly onChange: (password: string) => void
}) {
  const { form: texts } = usePageWords(usersTexts)
  return (
    <TextInput
      label={label}
      description={texts.passwordHint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      minLength={12}
      maxLength={256}
      autoComplete="off"
      spellCheck={false}
      classNames={{ input: 'mono' }}
      required
      rightSectionWidth={110}
      rightSection={
        <Button size="compact-xs" variant="subtle" onClick={() => onChange(makePassword())}>
          {texts.make}
        </Button>
      }
    />
  )
}
