/** Deleting a vault: the server says what is lost and when; while anything in it is locked or held it cannot be done. */
import { List } from '@mantine/core'
import { routes, type Vault, type VaultRemovalProposal } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { formatInstant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { touchedByVaults } from './rights.ts'

type Given = { readonly vault: Vault; readonly onClose: () => void }

export function RemoveVault({ vault: { vaultId, name }, onClose }: Given) {
  const { removal } = usePageWords(vaultsTexts)
  const tell = useTell()
  const proposal = useCall(routes.vaults.proposeRemoval, { path: { vaultId } })
  const action = useAction(routes.vaults.remove, { touches: touchedByVaults })
  const says = useLost(proposal.data)
  const scheduled = () => {
    tell.done(removal.scheduled)
    onClose()
  }
  const { data } = proposal
  if (data === undefined || isKept(data))
    return (
      <Dialog onClose={onClose} title={removal.title(name)}>
        {proposal.isPending && <Loading />}
        {proposal.isError && <ProblemNotice problem={proposal.error} />}
        <List spacing="xs" size="sm">
          {says.map((sentence) => (
            <List.Item key={sentence}>{sentence}</List.Item>
          ))}
        </List>
      </Dialog>
    )
  return (
    <ConfirmTyped
      title={removal.title(name)}
      says={says}
      confirmation={data.confirmation}
      action={removal.action}
      isBusy={action.isPending}
      problem={action.error}
      onConfirm={(confirmation) =>
        action.mutate({ path: { vaultId }, body: { confirmation } }, { onSuccess: scheduled })
      }
      onClose={onClose}
    />
  )
}

/** By points of instances, or by backups of the server itself. */
function isKept({ lockedPointCount, serverBackupCount }: VaultRemovalProposal): boolean {
  return lockedPointCount + serverBackupCount > 0
}

/** What ends with it, a sentence each; or why it cannot end. */
function useLost(proposal: VaultRemovalProposal | undefined): readonly string[] {
  const { removal } = usePageWords(vaultsTexts)
  const { locale } = useLanguage()
  if (proposal === undefined) return []
  const { pointCount, lockedPointCount, serverBackupCount, lastLockEndsAt, removableAt } = proposal
  const text = (at: number) => formatInstant(at, locale)
  if (isKept(proposal))
    return [
      ...(lockedPointCount === 0 ? [] : [removal.locked(lockedPointCount)]),
      ...(serverBackupCount === 0 ? [] : [removal.serverBackups(serverBackupCount)]),
      ...(lastLockEndsAt === undefined ? [] : [removal.lockedUntil(text(lastLockEndsAt))]),
    ]
  return [
    pointCount === 0 ? removal.noPoints : removal.points(pointCount),
    ...(removableAt === undefined ? [] : [removal.when(text(removableAt))]),
  ]
}
