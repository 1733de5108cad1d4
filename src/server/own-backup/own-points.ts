/** Points of the server itself: what its catalog exports are as points of a vault. No instance has them, so no list shows them. */
import { byteStringFromText, failure } from '#base'
import { everything, type KnownPoint } from '#engine'
import { dumpFile, parentOf, performBackup } from '#jobs'
import { silentReporter } from '#ports'
import { ChunkReader, openSession } from '#vault'
import type { HostedVault } from '../gateway/hosted-vault.ts'
import { exportFileName, type OwnBackupPorts } from './own-backup-ports.ts'

const ownTag = 'holdfast:server=catalog'
const exportedTag = 'holdfast:exportedAt='
const dayMs = 24 * 3_600_000
const retentionMs = 30 * dayMs

/** When the catalog in it was exported; undefined: it is no point of a server itself. */
export function exportedAtOf(known: KnownPoint): number | undefined {
  if (!isOwnPoint(known)) return undefined
  const { point } = known
  const tag = point.tags.find((one) => one.startsWith(exportedTag))
  const at = Number(tag?.slice(exportedTag.length) ?? Number.NaN)
  return Number.isSafeInteger(at) ? at : undefined
}

/** Whether the server made it of itself: it is no point of an instance, and no list of points shows it. */
export function isOwnPoint({ point }: KnownPoint): boolean {
  return point.tags.includes(ownTag)
}

export type OwnPoint = {
  readonly known: KnownPoint
  readonly exportedAt: number
}

/** The newest first. */
export function ownPointsOf(points: readonly KnownPoint[]): readonly OwnPoint[] {
  return points
    .flatMap((known) => {
      const exportedAt = exportedAtOf(known)
      return exportedAt === undefined ? [] : [{ known, exportedAt }]
    })
    .toSorted((a, b) => b.exportedAt - a.exportedAt)
}

export async function makeOwnPoint(
  ports: OwnBackupPorts,
  hosted: HostedVault,
  made: { readonly path: string; readonly exportedAt: number; readonly startedAt: number },
  signal: AbortSignal,
): Promise<KnownPoint> {
  const { vault, ownership } = hosted
  await using session = await openSession(ownership, signal)
  await using source = await ports.openSource(vault)
  await using reading = await hosted.read(signal)
  const sources = [{ path: byteStringFromText(made.path), prefix: byteStringFromText('') }]
  const own = ownPointsOf(reading.points).map(({ known }) => known)
  const { retentionMinMs, retentionMaxMs = Number.POSITIVE_INFINITY } = vault.config
  const outcome = await performBackup(
    {
      source: source.tree,
      session,
      reader: new ChunkReader(vault, session.index),
      reporter: silentReporter,
    },
    {
      sources,
      filter: everything,
      skipped: [],
      oneFileSystem: false,
      tags: [ownTag, `${exportedTag}${made.exportedAt}`],
      host: ports.hostName,
      user: ports.userName,
      retainForMs: Math.min(Math.max(retentionMs, retentionMinMs), retentionMaxMs),
      parent: parentOf(own.toReversed(), sources, ports.hostName),
      startedAt: made.startedAt,
    },
    signal,
  )
  if (outcome.failures.length > 0)
    throw failure('export.damaged', { problem: 'it could not be read whole for the vault' })
  return outcome.point
}

export async function readOwnPoint(
  reader: ChunkReader,
  { known }: OwnPoint,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const path = byteStringFromText(exportFileName)
  return await dumpFile(reader, { point: known.point, path }, signal)
}
