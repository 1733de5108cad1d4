/** Who is told of the alerts of one machine: as its vault has it, or as is chosen here (H4). */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { type Instance, routes } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { alertChoiceTexts } from '../../words/alert-choice.ts'
import { instanceTexts } from '../../words/instance.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
import { type AlertChoice, changeOf, useChannels, useChoiceWords } from '../alerts/alert-choice.ts'
import { AlertChoiceField } from '../alerts/alert-choice-field.tsx'
import { useRights } from '../instances/rights.ts'

export function OwnAlerts({
  instance,
  choice,
}: {
  readonly instance: Instance
  readonly choice: AlertChoice
}) {
  const texts = usePageWords(alertChoiceTexts)
  const { operates } = useRights()
  const wordsOf = useChoiceWords()
  const { vaultId } = instance
  const vault = useCall(
    routes.vaults.get,
    { path: { vaultId: vaultId ?? '' } },
    { enabled: vaultId !== undefined },
  )
  const ofVault = vault.data && texts.ofVault(wordsOf(vault.data))
  if (!operates)
    return (
      <Text size="sm">
        {choice.alertSetting === 'inherit' ? (ofVault ?? wordsOf(choice)) : wordsOf(choice)}
      </Text>
    )
  return (
    <Form key={JSON.stringify(choice)} instance={instance} choice={choice} about={ofVault ?? ''} />
  )
}

function Form({
  instance: { instanceId },
  choice,
  about,
}: {
  readonly instance: Instance
  readonly choice: AlertChoice
  readonly about: string
}) {
  const { settings } = usePageWords(instanceTexts)
  const { everywhere } = useWords()
  const tell = useTell()
  const [draft, setDraft] = useState(choice)
  const save = useAction(routes.instances.update, { touches: [routes.instances.get] })
  const { items } = useChannels()
  const body = changeOf(choice, draft, items)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (body === undefined) return
        save.mutate({ path: { instanceId }, body }, { onSuccess: () => tell.done(settings.saved) })
      }}
    >
      <Stack gap="sm" maw={420}>
        <AlertChoiceField
          value={draft}
          settings={['inherit', 'account', 'custom', 'off']}
          about={draft.alertSetting === 'inherit' ? about : ''}
          onChange={setDraft}
        />
        {save.isError && <ProblemNotice problem={save.error} />}
        {body !== undefined && (
          <Group>
            <Button type="submit" size="xs" loading={save.isPending}>
              {everywhere.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}
