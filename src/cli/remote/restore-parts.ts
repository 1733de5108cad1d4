/**
 * Which restore jobs bring placed paths back. A selection is relative to its point, so paths of two points need two jobs;
 * points that come back whole share one.
 */
import type { ByteString } from '#base'
import type { Point, VaultId } from '#contract'
import type { PlacedPath } from './choose-version.ts'

export type RestorePart = {
  readonly vaultId: VaultId
  readonly points: readonly Point[]
  /** In the one point; undefined: everything. */
  readonly paths: readonly ByteString[] | undefined
}

export function planRestores(placed: readonly PlacedPath[]): readonly RestorePart[] {
  const byPoint = new Map<Point, Set<ByteString>>()
  for (const { point, inside } of placed) {
    const paths = byPoint.get(point) ?? new Set()
    byPoint.set(point, paths.add(inside))
  }
  const whole = [...byPoint].flatMap(([point, paths]) =>
    paths.has('' as ByteString) ? [point] : [],
  )
  const vaults = [...new Set(whole.map(({ vaultId }) => vaultId))]
  const wholeParts = vaults.map((vaultId) => ({
    vaultId,
    points: whole.filter((point) => point.vaultId === vaultId),
    paths: undefined,
  }))
  const chosen = [...byPoint].filter(([point]) => !whole.includes(point))
  const chosenParts = chosen.map(([point, paths]) => ({
    vaultId: point.vaultId,
    points: [point],
    paths: [...paths],
  }))
  return [...wholeParts, ...chosenParts]
}
