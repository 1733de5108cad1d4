/** The points of an instance that can be looked into, vault by vault. */
import { failure } from '#base'
import type { InstanceId, PointId, VaultId, VersionId } from '#contract'
import type { KnownPoint } from '#engine'
import {
  findInstance,
  type InstancePoint,
  listPointsOfInstance,
  listVaultsOfInstance,
} from '../../catalog/index.ts'
import type { CallContext } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultReading } from '../../vault-host.ts'

/** A point, and what the catalog knows of it. */
export type InstanceKnownPoint = {
  readonly known: KnownPoint
  readonly pointId: PointId
  readonly versionId: VersionId
}

/** In the order of their ids, mirrors of another of them left out. @throws instance.not-found */
export async function vaultsOf(
  kernel: ServerKernel,
  instanceId: InstanceId,
  { identity }: Pick<CallContext, 'identity'>,
): Promise<readonly VaultId[]> {
  const accountId = accountOf(identity)
  const instance = await findInstance(kernel.catalog.db, instanceId)
  if (instance?.accountId !== accountId)
    throw failure('instance.not-found', { instance: instanceId })
  return await listVaultsOfInstance(kernel.catalog.db, accountId, instanceId)
}

/** Of one vault, the oldest first. Damaged records are passed over here: reading such a point says so. */
export async function pointsIn(
  kernel: ServerKernel,
  of: {
    readonly reading: VaultReading
    readonly vaultId: VaultId
    readonly instanceId: InstanceId
  },
  { identity }: Pick<CallContext, 'identity'>,
): Promise<readonly InstanceKnownPoint[]> {
  const { vaultId, instanceId, reading } = of
  const place = { accountId: accountOf(identity), vaultId, instanceId }
  const rows = await listPointsOfInstance(kernel.catalog.db, place)
  const rowsById = new Map<string, InstancePoint>(rows.map((row) => [row.id, row]))
  return reading.points.flatMap((known) => {
    const row = rowsById.get(known.id)
    return row === undefined ? [] : [{ known, pointId: row.id, versionId: row.versionId }]
  })
}
