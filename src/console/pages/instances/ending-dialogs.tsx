/** Steps that end something: the server says what is lost, and its words are typed before it happens (L9). */
import { type CancelProposal, type Instance, routes } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { formatInstant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { type PlanDialog, touchedByPlans } from './touched.ts'

type InstanceDialog = {
  readonly instance: Instance
  readonly onClose: () => void
  /** It was done: what the page shows may be gone. */
  readonly onDone?: (() => void) | undefined
}

export function CancelDialog({ name, planId, onClose }: PlanDialog) {
  const { cancel, done } = usePageWords(instancesTexts)
  const proposal = useCall(routes.plans.proposeCancel, { path: { planId } })
  const action = useAction(routes.plans.cancel, { touches: touchedByPlans })
  const onDone = useDone(done.cancel, onClose)
  return (
    <EndingDialog
      title={cancel.title(name)}
      first={cancel.noMore}
      action={cancel.action}
      proposal={proposal}
      attempt={action}
      onConfirm={(confirmation) =>
        action.mutate({ path: { planId }, body: { confirmation } }, { onSuccess: onDone })
      }
      onClose={onClose}
    />
  )
}

export function RemoveDialog({ instance: { instanceId, name }, onClose, onDone }: InstanceDialog) {
  const { remove, done } = usePageWords(instancesTexts)
  const proposal = useCall(routes.instances.proposeRemoval, { path: { instanceId } })
  const action = useAction(routes.instances.remove, { touches: touchedByPlans })
  const close = useDone(done.remove, onDone ?? onClose)
  return (
    <EndingDialog
      title={remove.title(name)}
      first={remove.offList}
      action={remove.action}
      proposal={proposal}
      attempt={action}
      onConfirm={(confirmation) =>
        action.mutate({ path: { instanceId }, body: { confirmation } }, { onSuccess: close })
      }
      onClose={onClose}
    />
  )
}

export function RevokeDialog({ instance: { instanceId, name }, onClose }: InstanceDialog) {
  const { revoke, done } = usePageWords(instancesTexts)
  const action = useAction(routes.instances.revokeClient, { touches: touchedByPlans })
  const onDone = useDone(done.revoke, onClose)
  return (
    <ConfirmTyped
      title={revoke.title(name)}
      says={[revoke.refused, revoke.pointsStay, revoke.again]}
      confirmation={name}
      action={revoke.action}
      isBusy={action.isPending}
      problem={action.error}
      onConfirm={() => action.mutate({ path: { instanceId } }, { onSuccess: onDone })}
      onClose={onClose}
    />
  )
}

function useDone(sentence: string, close: () => void): () => void {
  const tell = useTell()
  return () => {
    tell.done(sentence)
    close()
  }
}

/** Nothing can be confirmed before it is known what is lost. */
function EndingDialog({
  title,
  first,
  action,
  proposal,
  attempt,
  onConfirm,
  onClose,
}: {
  readonly title: string
  readonly first: string
  readonly action: string
  readonly proposal: { readonly data: CancelProposal | undefined; readonly error: Error | null }
  readonly attempt: { readonly isPending: boolean; readonly error: Error | null }
  readonly onConfirm: (confirmation: string) => void
  readonly onClose: () => void
}) {
  const lost = useLost(proposal.data)
  if (proposal.data === undefined)
    return (
      <Dialog onClose={onClose} title={title}>
        {proposal.error === null ? <Loading /> : <ProblemNotice problem={proposal.error} />}
      </Dialog>
    )
  return (
    <ConfirmTyped
      title={title}
      says={[first, ...lost]}
      confirmation={proposal.data.confirmation}
      action={action}
      isBusy={attempt.isPending}
      problem={attempt.error}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}

/** What ends with it, a sentence each, in the language of the page. */
function useLost(proposal: CancelProposal | undefined): readonly string[] {
  const { cancel } = usePageWords(instancesTexts)
  const { locale } = useLanguage()
  if (proposal === undefined) return []
  const { pointCount, versionCount, lockedPointCount, lastLockEndsAt } = proposal
  const { trashedPointCount, trashEndsAt, meteringEndsAt } = proposal
  const until = (at: number | undefined) => (at === undefined ? '' : formatInstant(at, locale))
  return [
    pointCount === 0 ? cancel.noPoints : cancel.points(pointCount, versionCount),
    ...(lockedPointCount === 0 ? [] : [cancel.locked(lockedPointCount, until(lastLockEndsAt))]),
    ...(trashedPointCount === 0 ? [] : [cancel.trashed(trashedPointCount, until(trashEndsAt))]),
    ...(meteringEndsAt === undefined ? [] : [cancel.metering(until(meteringEndsAt))]),
    ...(proposal.uninstallsClient ? [cancel.uninstalls] : []),
  ]
}
