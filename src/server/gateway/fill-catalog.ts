/** Points of a vault into the catalog: after a commit the new one, after changes and losses all of them (E6). */
import type { KnownPoint } from '#engine'
import { type CatalogVault, fillPoints, pointsPerFillingMax } from '../catalog/index.ts'
import type { ServerKernel } from '../kernel.ts'
import { filledPointOf } from './point-origin.ts'

type Kernel = Pick<ServerKernel, 'catalog' | 'wallMs'>

/** @returns how many points of it the server had made */
export async function fillCatalog(
  { catalog, wallMs }: Kernel,
  vault: CatalogVault,
  reading: {
    readonly points: readonly KnownPoint[]
    /** All: others that are not newer go from the catalog. Unless there are some that cannot be read. */
    readonly kind: 'some' | 'all-readable' | 'all'
  },
): Promise<number> {
  const filled = reading.points.flatMap((known) => filledPointOf(known) ?? [])
  const newest = reading.points.reduce((most, { point }) => Math.max(most, point.sequence), 0)
  const { id: vaultId, accountId, regionId } = vault
  const head = { vaultId, accountId, regionId, now: wallMs(), name: catalog.newId('event') }
  for (let from = 0; from === 0 || from < filled.length; from += pointsPerFillingMax) {
    const points = filled.slice(from, from + pointsPerFillingMax)
    const isLast = from + pointsPerFillingMax >= filled.length
    const completeUpTo = reading.kind === 'all' && isLast ? newest : null
    await fillPoints(catalog.db, {
      ...head,
      points,
      isByTheWay: reading.kind === 'some',
      completeUpTo,
    })
  }
  return filled.length
}
