/** The name of an instance and its tags, by which policies find it. */
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Instance, routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { areSameTags, parseTags, tagTexts } from '../../parts/tags.ts'
import { TagsField } from '../../parts/tags-field.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
import { touchedByPlans } from '../instances/touched.ts'

const nameMax = 128

export function NameAndTags({ instance }: { readonly instance: Instance }) {
  const { settings } = usePageWords(instanceTexts)
  const { everywhere } = useWords()
  const tell = useTell()
  const [name, setName] = useState(instance.name)
  const [tags, setTags] = useState<readonly string[]>(() => tagTexts(instance.tags))
  const save = useAction(routes.instances.update, { touches: touchedByPlans })
  const isChanged = name.trim() !== instance.name || !areSameTags(tags, tagTexts(instance.tags))
  const parsed = parseTags(tags)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (parsed === undefined) return
        const path = { instanceId: instance.instanceId }
        save.mutate(
          { path, body: { name: name.trim(), tags: parsed } },
          { onSuccess: () => tell.done(settings.saved) },
        )
      }}
    >
      <Stack gap="sm" mb="md">
        <Group align="flex-start" grow preventGrowOverflow={false}>
          <TextInput
            label={settings.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={nameMax}
            required
          />
          <TagsField value={tags} onChange={setTags} />
        </Group>
        {save.isError && <ProblemNotice problem={save.error} />}
        {isChanged && (
          <Group>
            <Button
              type="submit"
              size="xs"
              loading={save.isPending}
              disabled={parsed === undefined}
            >
              {everywhere.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}
