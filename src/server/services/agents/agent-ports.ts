/** What the channel to agents needs besides the kernel; bin/ and other services plug it in. */
import type { ClientId, InstanceId, UserId, VaultId } from '#contract'
import type { ServerKernel } from '../../kernel.ts'
import type { Notices } from '../../notices.ts'
import type { ClientBuilds } from '../distribution/client-builds.ts'
import { beginProtection } from '../protection/protect.ts'

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

export function activateEssential(kernel: ServerKernel): ActivateEssential {
  return async ({ instanceId, vaultId, by }) => {
    await beginProtection(kernel, { instanceId, vaultId, createdBy: by }, kernel.ending)
  }
}

export type AgentPorts = {
  readonly issueIdentity: IssueIdentity
  /** PEM: what agents check receipts with. */
  readonly receiptKey: string
  readonly activate: ActivateEssential
  readonly notices: Notices
  /** What an upgrade is made of; undefined: this server hands out no clients. */
  readonly builds: Pick<ClientBuilds, 'manifest'> | undefined
}

export const heartbeatSeconds = 15
/** A job whose agent says nothing for so long is anybody's: six heartbeats. */
export const leaseMs = 90_000
/** An agent that is silent for so long is not waited for. */
export const awayMs = 60_000
/** How long an agent may take to end a job that is cancelled. */
export const cancelPatienceMs = 60_000
