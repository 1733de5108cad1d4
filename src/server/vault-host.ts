/**
 * The vaults of this server as services see them. One owner for each vault (decision 6); whoever commits, expires or
 * collects goes through here. The gateway implements it.
 */
import type {
  AccountId,
  InstanceId,
  JobId,
  LockState,
  LockTier,
  PlanId,
  VaultId,
  VersionId,
} from '#contract'
import type { KnownPoint, VaultConfig } from '#engine'
import type { ChunkReader, Vault } from '#vault'
import type { JsonRecord } from './catalog/database/codec.ts'

/** A vault to make. Times in milliseconds. */
export type VaultRequest = {
  readonly vaultId: VaultId
  readonly accountId: AccountId
  readonly regionId: string
  readonly name: string
  readonly lock: Exclude<LockState, 'pending'>
  readonly retentionMinMs: number
  readonly retentionMaxMs: number | undefined
  /** A place that the server's configuration names; undefined: the default one. */
  readonly storage: string | undefined
}

/** What the catalog keeps of it. */
export type VaultPlacement = {
  readonly place: JsonRecord
  readonly wrappedKey: Uint8Array
  readonly wrappedBy: string
}

/** A vault as it is now. Give it back soon: a collection waits for its readers. */
export type VaultReading = AsyncDisposable & {
  readonly vault: Vault
  readonly reader: ChunkReader
  /** Living points, oldest first. */
  readonly points: readonly KnownPoint[]
  /** Ids of living points whose record is damaged. */
  readonly lost: readonly { readonly id: string; readonly problem: string }[]
}

export type VaultState = {
  readonly config: VaultConfig
  readonly lock: LockState
  readonly tier: LockTier
  readonly points: readonly KnownPoint[]
  /** Trusted time of the vault (T-1), by which retention ends. */
  readonly trustedNow: number
  /** Another process owns it now. */
  readonly ownedElsewhere: boolean
}

/** What a server writes into every point that it makes, so that the catalog can be read from the vaults again (E6). */
export type PointOrigin = {
  readonly accountId: AccountId
  readonly instanceId: InstanceId
  readonly versionId: VersionId
  readonly planId: PlanId | undefined
  readonly jobId: JobId | undefined
  /** Of the volume that the point is of. */
  readonly blockBytes: number
}

export interface VaultHost extends AsyncDisposable {
  /** Makes storage and keys; a name that is taken is refused. */
  create(request: VaultRequest, signal: AbortSignal): Promise<VaultPlacement>
  /** @throws vault.not-found, vault.unavailable, vault.leased */
  read(vaultId: VaultId, signal: AbortSignal): Promise<VaultReading>
  state(vaultId: VaultId, signal: AbortSignal): Promise<VaultState>
  /** Retention is only ever made longer. @throws point.not-found, retention.out-of-range */
  extend(
    vaultId: VaultId,
    pointId: string,
    until: number | 'forever',
    signal: AbortSignal,
  ): Promise<KnownPoint>
  hold(vaultId: VaultId, pointId: string, reason: string, signal: AbortSignal): Promise<KnownPoint>
  releaseHold(vaultId: VaultId, pointId: string, signal: AbortSignal): Promise<KnownPoint>
  /** Expires points by their ids now. @throws point.locked, point.held when one of them may not go; then none goes */
  expire(
    vaultId: VaultId,
    pointIds: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]>
  raiseLock(vaultId: VaultId, to: 'governed' | 'compliance', signal: AbortSignal): Promise<void>
  /** Expires what is due, collects garbage, and fills the catalog: what the scheduler calls from time to time. */
  maintain(
    vaultId: VaultId,
    keep: readonly string[],
    signal: AbortSignal,
  ): Promise<MaintenanceReport>
  /** Reads all points of a vault into the catalog again (E6). */
  rebuildCatalog(vaultId: VaultId, signal: AbortSignal): Promise<number>
}

export type MaintenanceReport = {
  readonly expired: readonly string[]
  readonly freedBytes: number
  readonly storedBytes: number
  /** What nobody needs and stays for now, because only so much may be deleted in a day (L15). */
  readonly slowedPacks: number
}
