/** A point that can be looked into, for as long as one answer takes. */
import { type ByteString, displayName, failure } from '#base'
import type { PointId, VaultId } from '#contract'
import type { KnownPoint } from '#engine'
import { findEntry, PointPaths } from '#jobs'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultReading } from '../../vault-host.ts'
import { shortId } from './point-records.ts'

export type OpenPoint = {
  readonly reading: VaultReading
  readonly known: KnownPoint
  readonly paths: PointPaths
}

/** @throws point.not-found, vault.unavailable */
export async function withPoint<T>(
  kernel: ServerKernel,
  { vaultId, pointId }: { readonly vaultId: VaultId; readonly pointId: PointId },
  work: (opened: OpenPoint) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  await using reading = await kernel.vaults.read(vaultId, signal)
  return await work(openPoint(reading, pointId))
}

/** @throws point.not-found, object.damaged for one whose record is damaged */
export function openPoint(reading: VaultReading, pointId: PointId): OpenPoint {
  const known = reading.points.find(({ id }) => id === pointId)
  const lost = reading.lost.find(({ id }) => id === pointId)
  if (lost !== undefined)
    throw failure('object.damaged', {
      object: `The backup point ${shortId(pointId)}`,
      problem: lost.problem,
    })
  if (known === undefined) throw failure('point.not-found', { point: shortId(pointId) })
  return { reading, known, paths: new PointPaths(known.point) }
}

/**
 * The path inside the point of a folder that a caller names; '' is its root, and stands for the folders above it as well:
 * a file that was backed up by itself is found in its folder. @throws path.not-found
 */
export async function folderPath(
  { reading, known, paths }: OpenPoint,
  wanted: ByteString | undefined,
  signal: AbortSignal,
): Promise<ByteString> {
  const path = isAbove(paths, wanted) ? root : paths.pointPath(wanted ?? root)
  if (path === '') return path
  const entry = await findEntry(reading.reader, known.point, path, signal)
  if (entry?.kind !== 'directory') throw notFound(wanted ?? path, known)
  return path
}

const root = '' as ByteString

function isAbove(paths: PointPaths, wanted: ByteString | undefined): boolean {
  return wanted?.startsWith('/') === true && paths.isAbove(wanted)
}

export function notFound(path: ByteString, { id }: KnownPoint): Error {
  return failure('path.not-found', {
    path: path === '' ? '/' : displayName(path),
    point: `the backup point ${shortId(id)}`,
  })
}
