/** Priority, and "keep at least one version", of a plan. */
import { Button, Group, Stack, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { type InstanceId, type Plan, type Priority, routes } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords, useWords } from '../../words/language.tsx'
import { PriorityChoice } from './priority-choice.tsx'
import { type PlanDialog, touchedByPlans } from './touched.ts'

export function PriorityDialog({
  instanceId,
  ...dialog
}: PlanDialog & { readonly instanceId: InstanceId }) {
  const { priorityDialog } = usePageWords(instancesTexts)
  return (
    <PlanModal {...dialog} title={priorityDialog.title(dialog.name)}>
      {(plan) => <PriorityForm plan={plan} instanceId={instanceId} onClose={dialog.onClose} />}
    </PlanModal>
  )
}

export function KeepOneDialog(dialog: PlanDialog) {
  const { keepOne } = usePageWords(instancesTexts)
  return (
    <PlanModal {...dialog} title={keepOne.title(dialog.name)}>
      {(plan) => <KeepOneForm plan={plan} onClose={dialog.onClose} />}
    </PlanModal>
  )
}

function PlanModal({
  planId,
  title,
  onClose,
  children,
}: PlanDialog & { readonly title: string; readonly children: (plan: Plan) => React.ReactNode }) {
  const plan = useCall(routes.plans.get, { path: { planId } })
  return (
    <Dialog onClose={onClose} title={title}>
      {plan.isPending && <Loading />}
      {plan.isError && <ProblemNotice problem={plan.error} onRetry={plan.refetch} />}
      {plan.data !== undefined && children(plan.data)}
    </Dialog>
  )
}

type Form = { readonly plan: Plan; readonly onClose: () => void }

function PriorityForm({ plan, instanceId, onClose }: Form & { readonly instanceId: InstanceId }) {
  const { done } = usePageWords(instancesTexts)
  const tell = useTell()
  const [priority, setPriority] = useState<Priority>(plan.priority)
  const save = useAction(routes.plans.setPriority, { touches: touchedByPlans })
  const onSave = () =>
    save.mutate(
      { path: { planId: plan.planId }, body: { priority } },
      {
        onSuccess: () => {
          tell.done(done.priority)
          onClose()
        },
      },
    )
  return (
    <Stack>
      <PriorityChoice value={priority} onChange={setPriority} instanceId={instanceId} />
      {save.isError && <ProblemNotice problem={save.error} />}
      <Buttons isBusy={save.isPending} onSave={onSave} onClose={onClose} />
    </Stack>
  )
}

function KeepOneForm({ plan, onClose }: Form) {
  const { done, keepOne } = usePageWords(instancesTexts)
  const tell = useTell()
  const [keeps, setKeeps] = useState(plan.keepAtLeastOne)
  const save = useAction(routes.plans.setKeepAtLeastOne, { touches: touchedByPlans })
  const onSave = () =>
    save.mutate(
      { path: { planId: plan.planId }, body: { keep: keeps } },
      {
        onSuccess: () => {
          tell.done(done.keepOne)
          onClose()
        },
      },
    )
  return (
    <Stack>
      <Switch
        label={keepOne.label}
        checked={keeps}
        onChange={(event) => setKeeps(event.currentTarget.checked)}
      />
      <Text size="sm">{keeps ? keepOne.on : keepOne.off}</Text>
      {plan.keepAtLeastOneEndsAt !== undefined && (
        <Text size="sm" c="dimmed">
          {keepOne.ends}: <Instant at={plan.keepAtLeastOneEndsAt} />
        </Text>
      )}
      {save.isError && <ProblemNotice problem={save.error} />}
      <Buttons isBusy={save.isPending} onSave={onSave} onClose={onClose} />
    </Stack>
  )
}

function Buttons({
  isBusy,
  onSave,
  onClose,
}: {
  readonly isBusy: boolean
  readonly onSave: () => void
  readonly onClose: () => void
}) {
  const { everywhere } = useWords()
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        {everywhere.cancel}
      </Button>
      <Button onClick={onSave} loading={isBusy}>
        {everywhere.save}
      </Button>
    </Group>
  )
}
