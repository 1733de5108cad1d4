/** Names of regions by their ids. */
import { useMemo } from 'react'
import { routes } from '#contract'
import { usePages } from '../../api/queries.ts'

export function useRegionNames(): (regionId: string) => string {
  const { items } = usePages(routes.regions.list, {})
  const names = useMemo(
    () => new Map<string, string>(items.map(({ regionId, name }) => [regionId, name])),
    [items],
  )
  return (regionId) => names.get(regionId) ?? regionId
}
