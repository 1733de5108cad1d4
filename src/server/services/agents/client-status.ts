/**
 * What becomes of the status of a client when its agent says how it is (A5). The agent knows how it is; what the server has
 * begun with it stays until the agent has taken notice.
 */
import type { ClientStatus } from '#contract'

export type StatusReport = {
  /** As the catalog has it. */
  readonly status: ClientStatus
  readonly version: string | null
  readonly claimed: ClientStatus
  readonly claimedVersion: string
}

/** Only the server can know these: an agent that speaks is none of them. */
const neverClaimed: readonly ClientStatus[] = [
  'INSTALLING',
  'INSTALL_FAILED',
  'REGISTERED',
  'UNKNOWN',
]

export function statusAfterReport({ status, version, claimed, claimedVersion }: StatusReport) {
  const claim = neverClaimed.includes(claimed) ? 'ACTIVATED' : claimed
  // Gone is only what was to go: else a taken agent could take its machine off the list.
  if (claim === 'NOT_INSTALLED') return status === 'UNINSTALLING' ? claim : status
  if (claim !== 'ACTIVATED') return claim
  if (status === 'UNINSTALLING') return status
  if (status === 'UPGRADING' && version === claimedVersion) return status
  return claim
}
