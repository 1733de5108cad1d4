/** Folders of a running machine, asked of its client; paths are in the form in which they go over the wire. */
import { skipToken, useQuery } from '@tanstack/react-query'
import { type InstanceId, routes } from '#contract'
import { api } from '../api/client.ts'
import { keyOf } from '../api/queries.ts'

const freshMs = 15_000

/** @param path undefined: nothing is asked */
export function useLiveFolders(instanceId: InstanceId, path: string | undefined) {
  const input = { path: { instanceId }, query: { path: path ?? '/' } }
  return useQuery({
    queryKey: keyOf(routes.instances.folders, input),
    queryFn:
      path === undefined
        ? skipToken
        : ({ signal }) => api.call(routes.instances.folders, input, { signal }),
    staleTime: freshMs,
    // A person waits for the machine, so nothing is asked behind his back.
    refetchOnWindowFocus: false,
  })
}
