/** What cancelling would end, before anybody confirms it. */
import type { CancelProposal } from '#contract'
import { routes } from '#contract'
import { countOf, formatCount } from '../amounts.ts'
import type { Context } from '../command.ts'
import { printable } from '../printable.ts'
import { shownTime } from './status-words.ts'
import { wireFields } from './wire-fields.ts'

export function tellCancelProposal(
  { output }: Context,
  name: string,
  proposal: CancelProposal,
): void {
  output.event('proposal', wireFields(routes.plans.proposeCancel.answer.schema, proposal))
  const { versionCount, pointCount, lockedPointCount, trashedPointCount } = proposal
  output.line(
    `${printable(name)} has ${countOf(versionCount, 'version')} (${countOf(pointCount, 'point')}).`,
  )
  if (lockedPointCount > 0)
    output.line(
      `  ${formatCount(lockedPointCount)} locked: they stay until they expire, the last ${shownTime(proposal.lastLockEndsAt)}`,
    )
  if (trashedPointCount > 0)
    output.line(
      `  ${formatCount(trashedPointCount)} not locked: they go to the trash, until ${shownTime(proposal.trashEndsAt)}`,
    )
  if (proposal.uninstallsClient) output.line('  the client is uninstalled')
  for (const sentence of proposal.says) output.line(`  ${printable(sentence)}`)
}
