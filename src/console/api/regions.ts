/** All regions of the account: the server takes no more of them than one page has. */
import { routes } from '#contract'
import { usePages } from './queries.ts'

const regionsMax = 200

export function useAllRegions() {
  return usePages(routes.regions.list, { query: { limit: regionsMax } })
}
