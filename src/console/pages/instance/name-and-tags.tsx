/** The name of an instance and its tags, by which policies find it. */
import { Button, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Instance, routes, tagsMax } from '#contract'
import { useAction } from '../../api/queries.ts'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
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
  const isChanged =
    name.trim() !== instance.name || tags.join('\n') !== tagTexts(instance.tags).join('\n')
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
          <TagsInput
            label={settings.tags}
            placeholder={tags.length === 0 ? settings.tagsHint : ''}
            value={[...tags]}
            onChange={setTags}
            maxTags={tagsMax}
          />
        </Group>
        {parsed === undefined && (
          <Text size="sm" c="red" role="alert">
            {settings.badTags}
          </Text>
        )}
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

function tagTexts(tags: Instance['tags']): readonly string[] {
  return Object.entries(tags).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
}

/** Undefined: not every one of them is a tag. */
function parseTags(texts: readonly string[]): Record<string, string> | undefined {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf('=')
    return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  })
  const isGood = ([name, value]: readonly [string, string]) =>
    name !== '' && name.length <= nameMax && value.length <= nameMax
  return pairs.every(isGood) ? Object.fromEntries(pairs) : undefined
}
