/** Restore: what was selected is what is restored; says what will happen before it begins (F1 to F4, lessons 1 and 2). */
import { Alert, Button, Drawer, Group, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { conflictRules, type InstanceId, type Point, pathToText, routes } from '#contract'
import { useAction, usePages } from '../../api/queries.ts'
import { Bytes, FilesAndSize } from '../../parts/formats.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { pointChinese, pointEnglish } from '../../words/point.ts'
import type { Selected } from './point.tsx'

export function RestorePanel({
  point,
  selected,
  onClose,
}: {
  readonly point: Point
  readonly selected: Selected
  readonly onClose: () => void
}) {
  const { wizard: words, selected: countOf } = usePageWords({ en: pointEnglish, zh: pointChinese })
  const { everywhere } = useWords()
  const tell = useTell()
  const navigate = useNavigate()
  const instances = usePages(routes.instances.list, { query: { limit: 200 } })
  const [target, setTarget] = useState<InstanceId>(point.instanceId)
  const [place, setPlace] = useState<'original' | 'folder'>('folder')
  const [path, setPath] = useState('')
  const [conflict, setConflict] = useState<(typeof conflictRules)[number]>('skip')
  const restore = useAction(routes.restoreJobs.create, { touches: [routes.restoreJobs.list] })
  const machines = instances.items.filter(({ client }) => client.status === 'ACTIVATED')
  const machine = instances.items.find(({ instanceId }) => instanceId === target)?.name ?? target
  const what = selected.size === 0 ? words.everything : countOf(selected.size)
  const isReady = place === 'original' || path.startsWith('/')
  const start = async () => {
    const paths = [...selected.keys()].map(pathToText)
    const body = {
      vaultId: point.vaultId,
      pointIds: [point.pointId],
      targetInstanceId: target,
      ...(place === 'folder' ? { targetPath: path } : {}),
      selection:
        paths.length === 0 ? { kind: 'all' as const } : { kind: 'include' as const, paths },
      conflict,
    }
    try {
      const job = await restore.mutateAsync({ body })
      tell.done(words.started)
      await navigate({ to: '/restores/$restoreJobId', params: { restoreJobId: job.restoreJobId } })
    } catch {
      // Shown below: the choices stay as they are.
    }
  }
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={words.title}
      closeButtonProps={{ 'aria-label': everywhere.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) void start()
        }}
      >
        <Stack>
          <div>
            <Text size="sm" fw={600}>
              {words.what}
            </Text>
            <Text size="sm">
              {what}: <Amount point={point} selected={selected} />
            </Text>
          </div>
          <Select
            label={words.where}
            allowDeselect={false}
            searchable
            data={machines.map(({ instanceId, name }) => ({
              value: instanceId,
              label: instanceId === point.instanceId ? `${name} (${words.sameMachine})` : name,
            }))}
            value={target}
            onChange={(value) => setTarget((value ?? point.instanceId) as InstanceId)}
            {...(machines.length === 0 && !instances.isPending ? { error: words.noMachine } : {})}
          />
          <Radio.Group
            label={words.place}
            value={place}
            onChange={(value) => setPlace(value === 'original' ? 'original' : 'folder')}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="folder" label={words.folder} />
              {place === 'folder' && (
                <TextInput
                  aria-label={words.folder}
                  placeholder={words.folderHint}
                  className="mono"
                  value={path}
                  onChange={(event) => setPath(event.currentTarget.value)}
                />
              )}
              <Radio value="original" label={words.original} />
            </Stack>
          </Radio.Group>
          <Radio.Group
            label={words.conflict}
            value={conflict}
            onChange={(value) =>
              setConflict(conflictRules.find((rule) => rule === value) ?? 'skip')
            }
          >
            <Stack gap="xs" mt="xs">
              {conflictRules.map((rule) => (
                <Radio key={rule} value={rule} label={words.rules[rule]} />
              ))}
            </Stack>
          </Radio.Group>
          <Alert
            color={conflict === 'overwrite' ? 'orange' : 'teal'}
            variant="light"
            title={words.will}
          >
            {isReady
              ? words.willRestore(
                  what,
                  machine,
                  place === 'original' ? words.toOriginal : words.toFolder(path),
                )
              : words.nowhere}
            {conflict === 'overwrite' && <Text size="sm">{words.overwrites}</Text>}
          </Alert>
          {restore.isError && <ProblemNotice problem={restore.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {everywhere.cancel}
            </Button>
            <Button type="submit" disabled={!isReady} loading={restore.isPending}>
              {words.start}
            </Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  )
}

/** How much it is; of a folder with all that is below it. */
function Amount({ point, selected }: { readonly point: Point; readonly selected: Selected }) {
  const { everywhere } = useWords()
  const { uncounted } = usePageWords({ en: pointEnglish, zh: pointChinese }).wizard
  if (selected.size === 0) return <FilesAndSize files={point.files} bytes={point.sourceBytes} />
  const entries = [...selected.values()]
  // A folder that was found by a search comes without what is in it.
  if (entries.some(({ kind, below }) => kind === 'directory' && below === undefined))
    return uncounted
  const count = entries.reduce((sum, { below }) => sum + 1 + (below?.entries ?? 0), 0)
  const bytes = entries.reduce((sum, { size, below }) => sum + (below?.bytes ?? size), 0)
  return (
    <>
      {everywhere.total(count)} · <Bytes value={bytes} />
    </>
  )
}
