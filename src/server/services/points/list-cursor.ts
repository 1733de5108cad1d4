/** Pages of the catalog, in the words of the API: a cursor of another list is `page.cursor-refused`. */
import { failure, isFailure } from '#base'
import { pageItemsDefault } from '#contract'
import type { Page, PageRequest } from '../../catalog/index.ts'

type Paging = { readonly limit?: number | undefined; readonly cursor?: string | undefined }

export function pageRequestOf({ limit, cursor }: Paging): PageRequest {
  return { limit: limit ?? pageItemsDefault, cursor }
}

export async function pageFromCatalog<T>(
  paging: Paging,
  list: (request: PageRequest) => Promise<Page<T>>,
): Promise<Page<T>> {
  try {
    return await list(pageRequestOf(paging))
  } catch (problem) {
    if (paging.cursor === undefined || !isFailure(problem, 'usage.invalid')) throw problem
    throw failure('page.cursor-refused', {}, problem)
  }
}

/** As an answer has it: the last page has no `next`. */
export function pageAnswer<T>(items: readonly T[], next: string | undefined) {
  return { items, ...(next === undefined ? {} : { next }) }
}
