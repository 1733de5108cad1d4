/** Cancelling a job: what is lost by it and what stays is said first (D4, F7). */
import { routes } from '#contract'
import { useAction } from '../../api/queries.ts'
import { useMay } from '../../api/session.tsx'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { jobsTexts } from '../../words/jobs.ts'
import { usePageWords } from '../../words/language.tsx'
import type { Run } from './merged-runs.ts'

type Dialog = { readonly run: Pick<Run, 'kind' | 'id'>; readonly onClose: () => void }

export function CancelDialog({ run: { kind, id }, onClose }: Dialog) {
  const { cancel } = usePageWords(jobsTexts)
  const tell = useTell()
  const backup = useAction(routes.jobs.cancel, {
    touches: [routes.jobs.list, routes.jobs.get, routes.instances.get],
  })
  const restore = useAction(routes.restoreJobs.cancel, {
    touches: [routes.restoreJobs.list, routes.restoreJobs.get],
  })
  const [title, attempt] = kind === 'backup' ? [cancel.backup, backup] : [cancel.restore, restore]
  const done = {
    onSuccess: () => {
      tell.done(cancel.done)
      onClose()
    },
  }
  return (
    <ConfirmTyped
      title={title}
      says={cancel.losses[kind]}
      confirmation={undefined}
      action={title}
      refusal={cancel.refusal}
      isBusy={attempt.isPending}
      problem={attempt.error}
      onConfirm={() => {
        if (kind === 'backup') backup.mutate({ path: { jobId: id } }, done)
        else restore.mutate({ path: { restoreJobId: id } }, done)
      }}
      onClose={onClose}
    />
  )
}

/** Who may cancel what (H3). */
export function useMayCancel(kind: Run['kind']): boolean {
  const backups = useMay(['owner', 'administrator', 'backupOperator'])
  const restores = useMay(['owner', 'administrator', 'restoreOperator'])
  return kind === 'backup' ? backups : restores
}
