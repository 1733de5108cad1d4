/** Takes the steps that need no question, and opens the dialogs of those that do. One place for the list and for the page of an instance. */
import { type ReactNode, useCallback, useState } from 'react'
import { type Instance, routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { useTell } from '../../parts/toasts.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { ActivateDialog } from './activate-dialog.tsx'
import { CancelDialog, RemoveDialog, RevokeDialog } from './ending-dialogs.tsx'
import { KeepOneDialog, PriorityDialog } from './plan-dialogs.tsx'
import type { Step } from './steps.ts'
import { TimeDialog } from './time-dialog.tsx'
import { type PlanDialog, touchedByPlans } from './touched.ts'

type Open = { readonly step: Step; readonly instance: Instance }

export type StepTaker = {
  readonly take: (step: Step, instance: Instance) => void
  /** To be put on the page once; a dialog, or nothing. */
  readonly dialog: ReactNode
}

export function useSteps(): StepTaker {
  const [open, setOpen] = useState<Open>()
  const takeAtOnce = useImmediateSteps()
  const take = useCallback(
    (step: Step, instance: Instance) => {
      if (!takeAtOnce(step, instance)) setOpen({ step, instance })
    },
    [takeAtOnce],
  )
  const close = useCallback(() => setOpen(undefined), [])
  return { take, dialog: open === undefined ? null : <StepDialog {...open} onClose={close} /> }
}

function useImmediateSteps(): (step: Step, instance: Instance) => boolean {
  const { done } = usePageWords(instancesTexts)
  const tell = useTell()
  const touches = { touches: touchedByPlans }
  const run = useAction(routes.plans.run, touches)
  const pause = useAction(routes.plans.pause, touches)
  const resume = useAction(routes.plans.resume, touches)
  const upgrade = useAction(routes.instances.upgradeClients, touches)
  return (step, { planId, instanceId }) => {
    const tellOf = (name: keyof typeof done) => ({
      onSuccess: () => tell.done(done[name]),
      onError: tell.problem,
    })
    if (step === 'upgrade') {
      upgrade.mutate({ body: { instanceIds: [instanceId] } }, tellOf('upgrade'))
      return true
    }
    if (planId === undefined) return false
    const action = { run, pause, resume }[step as 'run' | 'pause' | 'resume']
    if (action === undefined) return false
    action.mutate({ path: { planId } }, tellOf(step as 'run'))
    return true
  }
}

function StepDialog({ step, instance, onClose }: Open & { readonly onClose: () => void }) {
  const { planId } = instance
  if (step === 'activate') return <ActivateDialog instances={[instance]} onClose={onClose} />
  if (step === 'revoke') return <RevokeDialog instance={instance} onClose={onClose} />
  if (step === 'remove') return <RemoveDialog instance={instance} onClose={onClose} />
  if (planId === undefined) return null
  const of: PlanDialog = { name: instance.name, planId, onClose }
  if (step === 'cancel') return <CancelDialog {...of} />
  if (step === 'time') return <TimeDialog {...of} />
  if (step === 'priority') return <PriorityDialog {...of} instanceId={instance.instanceId} />
  return step === 'keepOne' ? <KeepOneDialog {...of} /> : null
}
