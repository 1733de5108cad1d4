/** Names of instances by their ids, for lists that only carry ids. */
import { useMemo } from 'react'
import { routes } from '#contract'
import { usePages } from './queries.ts'

const askedMax = 200

export function useInstanceNames(): (id: string) => string {
  const { items } = usePages(routes.instances.list, { query: { limit: askedMax } })
  const names = useMemo(
    () => new Map<string, string>(items.map(({ instanceId, name }) => [instanceId, name])),
    [items],
  )
  return (id) => names.get(id) ?? id
}
