/** "Modify next backup time" (C2): what a new time does is asked for before it is saved, and losing today's backup is agreed to. */
import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { type Plan, type PlanId, routes } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
import { TimeInput } from './time-input.tsx'
import { type PlanDialog, touchedByPlans } from './touched.ts'

const typingMs = 250

export function TimeDialog({ name, planId, onClose }: PlanDialog) {
  const { time } = usePageWords(instancesTexts)
  const plan = useCall(routes.plans.get, { path: { planId } })
  return (
    <Dialog onClose={onClose} title={time.title(name)}>
      {plan.isPending && <Loading />}
      {plan.isError && <ProblemNotice problem={plan.error} onRetry={plan.refetch} />}
      {plan.data !== undefined && <TimeForm plan={plan.data} onClose={onClose} />}
    </Dialog>
  )
}

function TimeForm({ plan, onClose }: { readonly plan: Plan; readonly onClose: () => void }) {
  const { time, done } = usePageWords(instancesTexts)
  const { everywhere } = useWords()
  const tell = useTell()
  const [timeOfDay, setTimeOfDay] = useState(plan.timeOfDay)
  const [accepts, setAccepts] = useState(false)
  const { proposal, isCurrent } = useProposal(plan, timeOfDay)
  const save = useAction(routes.plans.setNextBackupTime, { touches: touchedByPlans })
  const skips = proposal.data?.warning !== undefined
  const isReady = isCurrent && proposal.isSuccess && (!skips || accepts)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isReady) return
        const body = { timeOfDay, ...(skips ? { acceptSkip: true } : {}) }
        save.mutate(
          { path: { planId: plan.planId }, body },
          {
            onSuccess: () => {
              tell.done(done.time)
              onClose()
            },
          },
        )
      }}
    >
      <Stack>
        <TimeInput
          label={time.label}
          about={time.about(plan.timeZone)}
          value={timeOfDay}
          onChange={(next) => {
            setTimeOfDay(next)
            setAccepts(false)
          }}
        />
        {proposal.data !== undefined && <Effect proposal={proposal.data} />}
        {skips && (
          <Checkbox
            label={time.accept}
            checked={accepts}
            onChange={(event) => setAccepts(event.currentTarget.checked)}
          />
        )}
        {proposal.isError && <ProblemNotice problem={proposal.error} />}
        {save.isError && <ProblemNotice problem={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {everywhere.cancel}
          </Button>
          <Button type="submit" disabled={!isReady} loading={save.isPending}>
            {everywhere.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function useProposal({ planId }: { readonly planId: PlanId }, timeOfDay: string) {
  const [asked] = useDebouncedValue(timeOfDay, typingMs)
  const proposal = useCall(
    routes.plans.proposeNextBackupTime,
    { path: { planId }, query: { timeOfDay: asked } },
    { enabled: asked !== '', keepsPrevious: true },
  )
  return { proposal, isCurrent: proposal.data?.timeOfDay === timeOfDay }
}

type Proposal = NonNullable<ReturnType<typeof useProposal>['proposal']['data']>

function Effect({ proposal }: { readonly proposal: Proposal }) {
  const { time } = usePageWords(instancesTexts)
  const { effect, nextRunAt, lostRunAt, warning, timeOfDay } = proposal
  return (
    <Stack gap="xs" aria-live="polite">
      {warning !== undefined && (
        <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} p="sm">
          <Text size="sm">{time.skips(timeOfDay)}</Text>
          {lostRunAt !== undefined && (
            <Text size="sm">
              {time.lost}: <Instant at={lostRunAt} />
            </Text>
          )}
        </Alert>
      )}
      {effect === 'today' && <Text size="sm">{time.today}</Text>}
      {effect === 'from-tomorrow' && <Text size="sm">{time.fromTomorrow}</Text>}
      {nextRunAt !== undefined && (
        <Text size="sm">
          {time.next}: <Instant at={nextRunAt} />
        </Text>
      )}
    </Stack>
  )
}
