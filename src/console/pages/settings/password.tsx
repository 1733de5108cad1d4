/** Changing the own password: by who knows it, for a browser that stands open must not suffice. */
import { Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { useCaller } from '../../api/session.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { SecretInput } from '../../parts/secret-input.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { Section } from './section.tsx'

const empty = { old: '', new: '', again: '' }

export function Password() {
  const { password: texts } = usePageWords(settingsTexts)
  const { user } = useCaller()
  const tell = useTell()
  const [typed, setTyped] = useState(empty)
  const change = useAction(routes.signIn.changePassword, { touches: [routes.signIn.list] })
  const differs = typed.again !== '' && typed.again !== typed.new
  const field = (name: keyof typeof empty) => ({
    value: typed[name],
    required: true,
    maxLength: 256,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget
      setTyped((all) => ({ ...all, [name]: value }))
    },
  })
  const onSuccess = () => {
    setTyped(empty)
    tell.done(texts.changed)
  }
  return (
    <Section title={texts.title} about={texts.about}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const body = { old: typed.old, new: typed.new }
          if (typed.again === typed.new) change.mutate({ body }, { onSuccess })
        }}
      >
        <Stack gap="sm" maw={360}>
          {/* For the browser's own keeper of passwords: whose password it is. */}
          <input type="email" autoComplete="username" value={user.email} readOnly hidden />
          <SecretInput label={texts.old} autoComplete="current-password" {...field('old')} />
          <SecretInput
            label={texts.new}
            description={texts.hint}
            autoComplete="new-password"
            minLength={12}
            {...field('new')}
          />
          <SecretInput
            label={texts.again}
            autoComplete="new-password"
            error={differs ? texts.differs : undefined}
            {...field('again')}
          />
          {change.isError && <ProblemNotice problem={change.error} />}
          <Button type="submit" loading={change.isPending} style={{ alignSelf: 'flex-start' }}>
            {texts.change}
          </Button>
        </Stack>
      </form>
    </Section>
  )
}
