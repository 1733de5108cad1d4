/** Raising the lock of a vault: the server says what it covers, and its words are typed; there is no way back (L1, L2). */
import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { type LockProposal, routes, type Vault } from '#contract'
import { useAction, useCall } from '../../api/queries.ts'
import { ConfirmTyped } from '../../parts/confirm-typed.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { formatInstant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { vaultsTexts } from '../../words/vaults.ts'
import { useTierSentence } from './lock-view.tsx'
import { touchedByVaults } from './rights.ts'

type Given = { readonly vault: Vault; readonly onClose: () => void }
const targets = ['governed', 'compliance'] as const
type Target = (typeof targets)[number]

export function RaiseLock({ vault, onClose }: Given) {
  const [to, setTo] = useState<Target>(vault.lock.state === 'off' ? 'governed' : 'compliance')
  const { vaultId, name } = vault
  const texts = usePageWords(vaultsTexts)
  const proposal = useCall(routes.vaults.proposeLock, { path: { vaultId }, query: { to } })
  if (proposal.data === undefined)
    return (
      <Dialog onClose={onClose} title={texts.raise.title(name)}>
        {proposal.isError ? <ProblemNotice problem={proposal.error} /> : <Loading />}
      </Dialog>
    )
  return (
    <Confirm vault={vault} onClose={onClose} to={to} proposal={proposal.data} onTarget={setTo} />
  )
}

function Confirm({
  vault: { vaultId, name, lock },
  onClose,
  to,
  proposal,
  onTarget,
}: Given & {
  readonly to: Target
  readonly proposal: LockProposal
  readonly onTarget: (to: Target) => void
}) {
  const texts = usePageWords(vaultsTexts)
  const { raise } = texts
  const { locale } = useLanguage()
  const sentence = useTierSentence()(proposal)
  const tell = useTell()
  const action = useAction(routes.vaults.raiseLock, { touches: touchedByVaults })
  const { pointCount, lastLockEndsAt, confirmation } = proposal
  const until = lastLockEndsAt === undefined ? undefined : formatInstant(lastLockEndsAt, locale)
  const raised = () => {
    tell.done(raise.done)
    onClose()
  }
  return (
    <ConfirmTyped
      // What was typed for one lock is not meant for the other.
      key={to}
      title={raise.title(name)}
      says={[
        pointCount === 0 ? raise.coversNew : raise.covers(pointCount, until),
        raise.nobody,
        raise[to],
        sentence,
      ]}
      confirmation={confirmation}
      action={raise.action}
      isBusy={action.isPending}
      problem={action.error}
      onConfirm={(typed) =>
        action.mutate(
          { path: { vaultId }, body: { to, confirmation: typed } },
          { onSuccess: raised },
        )
      }
      onClose={onClose}
    >
      {lock.state === 'off' && (
        <SegmentedControl
          aria-label={raise.to}
          value={to}
          onChange={(value) => onTarget(targets.find((one) => one === value) ?? 'governed')}
          data={targets.map((value) => ({ value, label: texts.lock.names[value] }))}
        />
      )}
    </ConfirmTyped>
  )
}
