/** How many items a page has that was not asked for a number. */
import { pageItemsDefault } from '#contract'

export function limitOf(query: { readonly limit?: number | undefined }): number {
  return query.limit ?? pageItemsDefault
}
