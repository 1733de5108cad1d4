/** The account that everybody of it shares: its name, whom alerts reach, its time zone and the language of messages. */
import { Button, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Account, routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { refreshCaller, useCaller, useMay } from '../../api/session.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { settingsTexts } from '../../words/settings.ts'
import { Line, Section } from './section.tsx'

export function AccountForm() {
  const { account: texts } = usePageWords(settingsTexts)
  const { account } = useCaller()
  const mayChange = useMay(['owner'])
  return (
    <Stack maw={760}>
      <Section title={texts.title} {...(mayChange ? {} : { about: texts.onlyOwners })}>
        {mayChange ? <Form account={account} /> : <Facts account={account} />}
      </Section>
    </Stack>
  )
}

function Facts({ account: { name, contact, timeZone, language } }: { readonly account: Account }) {
  const { account: texts } = usePageWords(settingsTexts)
  return (
    <>
      <Line name={texts.name}>
        <span dir="auto">{name}</span>
      </Line>
      <Line name={texts.contact}>
        <span dir="auto">{contact}</span>
      </Line>
      <Line name={texts.timeZone}>{timeZone}</Line>
      <Line name={texts.language}>{texts.languages[language ?? 'server']}</Line>
    </>
  )
}

function Form({ account }: { readonly account: Account }) {
  const { account: texts, saved } = usePageWords(settingsTexts)
  const { everywhere } = useWords()
  const tell = useTell()
  const [draft, setDraft] = useState(account)
  const change = (part: Partial<Account>) => setDraft((old) => ({ ...old, ...part }))
  const update = useAction(routes.accounts.update, { touches: [routes.channels.list] })
  const onSuccess = () => {
    tell.done(saved)
    void refreshCaller()
  }
  const { accountId, name, contact, timeZone, language } = draft
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const said = language === undefined ? {} : { language }
        const body = { name: name.trim(), contact: contact.trim(), timeZone, ...said }
        update.mutate({ path: { accountId }, body }, { onSuccess })
      }}
    >
      <Stack gap="sm" maw={400}>
        <TextInput
          label={texts.name}
          value={name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          maxLength={64}
          required
        />
        <TextInput
          label={texts.contact}
          description={texts.contactHint}
          type="email"
          value={contact}
          onChange={(event) => change({ contact: event.currentTarget.value })}
          maxLength={254}
          required
        />
        <Select
          label={texts.timeZone}
          description={texts.timeZoneHint}
          data={zonesWith(timeZone)}
          value={timeZone}
          onChange={(next) => change({ timeZone: next ?? timeZone })}
          searchable
          allowDeselect={false}
          limit={100}
        />
        <div>
          <Text size="sm" fw={600} mb={4}>
            {texts.language}
          </Text>
          <Language value={language} onChange={(next) => change({ language: next })} />
        </div>
        {update.isError && <ProblemNotice problem={update.error} />}
        <Button type="submit" loading={update.isPending} style={{ alignSelf: 'flex-start' }}>
          {everywhere.save}
        </Button>
      </Stack>
    </form>
  )
}

/** Once one is chosen the server is not asked any more: there is no way back to none. */
function Language({
  value,
  onChange,
}: {
  readonly value: Account['language']
  readonly onChange: (language: 'en' | 'zh') => void
}) {
  const { account: texts } = usePageWords(settingsTexts)
  const offered = value === undefined ? (['server', 'en', 'zh'] as const) : (['en', 'zh'] as const)
  return (
    <SegmentedControl
      aria-label={texts.language}
      data={offered.map((one) => ({
        value: one,
        label: <span lang={one === 'zh' ? 'zh-CN' : 'en'}>{texts.languages[one]}</span>,
      }))}
      value={value ?? 'server'}
      onChange={(next) => {
        if (next === 'en' || next === 'zh') onChange(next)
      }}
    />
  )
}

function zonesWith(own: string): readonly string[] {
  const zones = Intl.supportedValuesOf('timeZone')
  return zones.includes(own) ? zones : [own, ...zones]
}
