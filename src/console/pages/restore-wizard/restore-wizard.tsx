/** Restore: what was selected is what is restored; says what will happen before it begins (F1 to F4, lessons 1 and 2). */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Point, type RestoreJobId, routes } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { SidePanel } from '../../parts/dialog.tsx'
import { shownName } from '../../parts/entry-name.tsx'
import { absoluteBytes } from '../../parts/folder-paths.ts'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { usePageWords, useWords } from '../../words/language.tsx'
import { wizardTexts } from '../../words/restore-wizard.ts'
import { isOpen } from '../jobs/filter.ts'
import type { Selected } from '../point/selected.ts'
import { bodyOf, type Choices, firstChoices, isReady, pathsOfList } from './choices.ts'
import { ChoicesForm } from './choices-form.tsx'
import { Foretelling, isLooking, useDryRun } from './foretelling.tsx'

type Wizard = {
  readonly point: Point
  readonly selected: Selected
  readonly onClose: () => unknown
}

export function RestoreWizard({ point, selected, onClose }: Wizard) {
  const words = usePageWords(wizardTexts)
  const { everywhere } = useWords()
  const [made, setMade] = useState(() => firstChoices(selected))
  const own = useOwnMachine(point)
  const choices = { ...made, machine: made.machine ?? own }
  const [look, setLook] = useState<RestoreJobId>()
  const cancel = useAction(routes.restoreJobs.cancel)
  const create = useAction(routes.restoreJobs.create)
  const body = bodyOf(point, selected, choices)
  // Whoever goes on needs no answer any more.
  const leave = (restoreJobId: RestoreJobId) => {
    if (isLooking(restoreJobId)) cancel.mutate({ path: { restoreJobId } })
  }
  const begin = async () => {
    try {
      const job = await create.mutateAsync({ body: { ...body, dryRun: true } })
      setLook(job.restoreJobId)
    } catch {
      // Shown below: the choices stay as they are.
    }
  }
  return (
    <SidePanel
      onClose={() => {
        if (look !== undefined) leave(look)
        onClose()
      }}
      size="lg"
      title={words.title}
    >
      {look === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (isReady(choices)) void begin()
          }}
        >
          <ChoicesForm
            point={point}
            selected={selected}
            choices={choices}
            onChange={(change) => setMade({ ...made, ...change })}
          />
          {create.isError && <ProblemNotice problem={create.error} />}
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={onClose}>
              {everywhere.cancel}
            </Button>
            <Button type="submit" disabled={!isReady(choices)} loading={create.isPending}>
              {words.look}
            </Button>
          </Group>
        </form>
      ) : (
        <LastStep
          look={look}
          intent={{ choices, selected }}
          body={body}
          onLeave={() => leave(look)}
          onStarted={onClose}
          onBack={() => {
            leave(look)
            setLook(undefined)
          }}
        />
      )}
    </SidePanel>
  )
}

/** Where the files were is where they are most often wanted, if it can be asked. */
function useOwnMachine({ instanceId }: Point): Choices['machine'] {
  const { data } = useCall(routes.instances.get, { path: { instanceId } })
  return data?.client.status === 'ACTIVATED' ? data : undefined
}

function LastStep({
  look,
  intent,
  body,
  onLeave,
  onStarted,
  onBack,
}: {
  readonly look: RestoreJobId
  readonly intent: { readonly choices: Choices; readonly selected: Selected }
  readonly body: ReturnType<typeof bodyOf>
  readonly onLeave: () => void
  /** Done before the page of the restore opens: the way back from there leads to the files. */
  readonly onStarted: () => unknown
  readonly onBack: () => void
}) {
  const words = usePageWords(wizardTexts)
  const tell = useTell()
  const navigate = useNavigate()
  const restore = useAction(routes.restoreJobs.create, { touches: [routes.restoreJobs.list] })
  const job = useDryRun(look).data
  const isOver = job !== undefined && !isOpen(job.state)
  const isRefused = job?.state === 'FAILED'
  const replaced = job?.totals?.overwritten ?? 0
  const start = async () => {
    onLeave()
    try {
      const { restoreJobId } = await restore.mutateAsync({ body })
      tell.done(words.started)
      await onStarted()
      await navigate({ to: '/restores/$restoreJobId', params: { restoreJobId } })
    } catch {
      // Shown below.
    }
  }
  return (
    <Stack>
      <Intent {...intent} />
      <Foretelling restoreJobId={look} />
      {restore.isError && <ProblemNotice problem={restore.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onBack}>
          {words.back}
        </Button>
        <Button
          onClick={() => void start()}
          disabled={isRefused}
          loading={restore.isPending}
          variant={isOver ? 'filled' : 'default'}
          {...(replaced > 0 ? { color: 'red' } : {})}
        >
          {!isOver && words.startNow}
          {isOver && replaced > 0 && words.startReplacing(replaced)}
          {isOver && replaced === 0 && words.start}
        </Button>
      </Group>
    </Stack>
  )
}

/** As people read it, where its bytes are no text too. */
function shownFolder(folder: string): string {
  const bytes = absoluteBytes(folder)
  return bytes === undefined ? folder : shownName(bytes)
}

/** The choices in one sentence. */
function Intent({
  choices: { what, list, machine, place, folder, conflict },
  selected,
}: {
  readonly choices: Choices
  readonly selected: Selected
}) {
  const words = usePageWords(wizardTexts)
  const paths = pathsOfList(list).length
  const said = {
    selected: words.selected(selected.size),
    all: words.kinds.all,
    include: words.listed(paths),
    exclude: words.allBut(paths),
  }[what]
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {words.will}
      </Text>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {words.willRestore(
          said,
          machine?.name ?? '',
          place === 'original' ? words.toOriginal : words.toFolder(shownFolder(folder)),
        )}
      </Text>
      <Text size="sm">{words.ruleIs(words.rules[conflict])}</Text>
    </Stack>
  )
}
