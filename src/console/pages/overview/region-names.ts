/** Names of regions by their ids. */
import { useMemo } from 'react'
import { useAllRegions } from '../../api/regions.ts'

export function useRegionNames(): (regionId: string) => string {
  const { items, isPending } = useAllRegions()
  const names = useMemo(
    () => new Map<string, string>(items.map(({ regionId, name }) => [regionId, name])),
    [items],
  )
  return (regionId) => names.get(regionId) ?? (isPending ? '…' : regionId)
}
