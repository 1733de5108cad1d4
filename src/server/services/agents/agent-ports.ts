/** What the channel to agents needs besides the kernel; bin/ and other services plug it in. */
import type { ClientId, InstanceId, UserId, VaultId } from '#contract'
import type { Notices } from '../../notices.ts'

export type IssuedIdentity = {
  /** PEMs. */
  readonly certificate: string
  readonly authority: string
  /** SHA-256 of the public key (SubjectPublicKeyInfo): what the catalog knows the client by. */
  readonly identity: Uint8Array
  readonly expiresAt: number
}

/** @throws request.invalid when the key is none that may be certified */
export type IssueIdentity = (request: {
  readonly publicKey: string
  readonly clientId: ClientId
}) => Promise<IssuedIdentity>

/** Starts Essential backup of an instance whose client has just come (A1). */
export type ActivateEssential = (request: {
  readonly instanceId: InstanceId
  readonly vaultId: VaultId | undefined
  /** Who made the code. */
  readonly by: UserId | null
}) => Promise<void>

export type AgentPorts = {
  readonly issueIdentity: IssueIdentity
  readonly activate: ActivateEssential
  readonly notices: Notices
  /** Jobs ended: whoever tells of them need not wait for the next look. */
  readonly jobsEnded: () => void
  /** What is shown of an instance may have changed (G6). */
  readonly instanceChanged: (instanceId: InstanceId) => void
}

export const heartbeatSeconds = 15
/** A job whose agent says nothing for so long is anybody's: six heartbeats. */
export const leaseMs = 90_000
/** An agent that is silent for so long is not waited for. */
export const awayMs = 60_000
/** How long an agent may take to end a job that is cancelled. */
export const cancelPatienceMs = 60_000
