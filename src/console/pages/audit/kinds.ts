/** What ids of the audit log are ids of. */
import { ids } from '#contract'

/** As `ids` calls it; a region is any short word, so that it cannot be told by its id. */
export function kindOf(id: string): string | undefined {
  const found = Object.entries(ids).find(
    ([kind, schema]) => kind !== 'region' && schema.safeParse(id).success,
  )
  return found?.[0]
}
