/** Points that no honest agent makes: what a malicious server hands to an agent that restores. */
import { openPool } from '#adapters/pool'
import { linuxSourceTree } from '#adapters/source'
import { type ByteString, byteStringFromText } from '#base'
import type { InstanceId, PlanId, PointId, VaultId } from '#contract'
import { chunkerParams, everything, type PointSource } from '#engine'
import { performBackup } from '#jobs'
import { silentReporter } from '#ports'
import { tagsOf } from '#server'
import { ChunkReader, openSession } from '#vault'
import type { Account, AttackWorld } from './attack-world.ts'

const dayMs = 24 * 3_600_000
const noPrefix = '' as ByteString

export type CraftedPoint = {
  readonly vaultId: VaultId
  readonly account: Account
  readonly instanceId: InstanceId
  /** What is read. */
  readonly folder: string
  /** From where the point says that it came; as it was read when absent. */
  readonly sources?: readonly PointSource[]
  readonly retainForMs?: number
  readonly planId?: PlanId
}

/** Made by the real job, in the vault itself. */
export async function craftPoint(
  { server }: AttackWorld,
  { vaultId, account, instanceId, planId, folder, sources, retainForMs = 30 * dayMs }: CraftedPoint,
): Promise<PointId> {
  const { signal } = new AbortController()
  const { ownership, vault } = await server.gateway.host(vaultId, signal)
  const { chunkAverageBytes, compressionLevel } = vault.config
  const params = chunkerParams(chunkAverageBytes)
  const pool = openPool({ keys: vault.keys, params, compressionLevel, threads: 1 })
  const tree = linuxSourceTree(pool)
  try {
    await using session = await openSession(ownership, signal)
    const commit = session.commit.bind(session)
    session.commit = (draft, ending) => commit({ ...draft, ...(sources && { sources }) }, ending)
    const { accountId } = account
    const versionId = server.kernel.catalog.newId('version')
    const ids = { accountId, instanceId, versionId, planId, jobId: undefined }
    const { point } = await performBackup(
      {
        source: tree,
        session,
        reader: new ChunkReader(vault, session.index),
        reporter: silentReporter,
      },
      {
        sources: [{ path: byteStringFromText(folder), prefix: noPrefix }],
        filter: everything,
        skipped: [],
        oneFileSystem: false,
        tags: tagsOf({ ...ids, blockBytes: 2 ** 30 }),
        host: 'web-1',
        user: 'root',
        retainForMs,
        parent: undefined,
        startedAt: Date.now() + 10_000,
      },
      signal,
    )
    await server.gateway.rebuildCatalog(vaultId, signal)
    return point.id as PointId
  } finally {
    await tree.close()
    await pool.close()
  }
}

export function sourceOf(path: string, prefix = ''): PointSource {
  return { path: byteStringFromText(path), prefix: byteStringFromText(prefix) }
}
