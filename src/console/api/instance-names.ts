/** Names of instances by their ids, for lists that only carry ids. */
import { useMemo } from 'react'
import { routes } from '#contract'
import { useCall, usePages } from './queries.ts'

const askedMax = 200

export function useInstanceNames(): (id: string) => string {
  const { items } = usePages(routes.instances.list, { query: { limit: askedMax } })
  const names = useMemo(
    () => new Map<string, string>(items.map(({ instanceId, name }) => [instanceId, name])),
    [items],
  )
  return (id) => names.get(id) ?? id
}

/** The name of one, asked for by itself when it is not among the first; undefined: not known yet, or not any more. */
export function useInstanceName(instanceId: string): string | undefined {
  const listed = usePages(routes.instances.list, { query: { limit: askedMax } })
  const known = listed.items.find((one) => one.instanceId === instanceId)
  const one = useCall(
    routes.instances.get,
    { path: { instanceId } },
    { enabled: known === undefined && listed.isFetched },
  )
  return known?.name ?? one.data?.name
}
