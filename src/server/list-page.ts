/** Lists as the API has them: pages that the catalog reads, and pages of what is read as a whole. */
import { failure } from '#base'
import { pageItemsDefault } from '#contract'
import type { PageRequest } from './catalog/index.ts'
import { readCursor, writeCursor } from './cursor.ts'

type Paging = { readonly limit?: number | undefined; readonly cursor?: string | undefined }

export function pageRequestOf({ limit = pageItemsDefault, cursor }: Paging): Required<PageRequest> {
  return { limit, cursor }
}

/** As an answer has it: the last page has no `next`. */
export function pageAnswer<T>(items: readonly T[], next: string | undefined) {
  return { items, ...(next === undefined ? {} : { next }) }
}

export type ListPage<Item> = { readonly items: readonly Item[]; readonly next?: string }

type Key = string | number

/**
 * A page of a list that is short by its limits: users, tokens, regions. It begins after the key where the last one ended, as
 * the pages of the catalog do.
 */
export function pageOfList<Item>(
  items: readonly Item[],
  order: {
    /** The list, its filters and its order. */
    readonly list: unknown
    readonly descends?: boolean
    /** Comparable, and different for each item: what comes first in the order, then the id. */
    readonly keyOf: (item: Item) => readonly [Key, string]
  },
  request: Paging,
): ListPage<Item> {
  const { keyOf, descends = false } = order
  const compare = (a: readonly Key[], b: readonly Key[]) =>
    descends ? compareKeys(b, a) : compareKeys(a, b)
  const sorted = items.toSorted((a, b) => compare(keyOf(a), keyOf(b)))
  const after = request.cursor === undefined ? undefined : keyIn(readCursor(order, request.cursor))
  const rest =
    after === undefined ? sorted : sorted.filter((item) => compare(keyOf(item), after) > 0)
  const page = rest.slice(0, pageRequestOf(request).limit)
  const last = page.at(-1)
  if (last === undefined || page.length === rest.length) return { items: page }
  return { items: page, next: writeCursor(order, keyOf(last)) }
}

function compareKeys(a: readonly Key[], b: readonly Key[]): number {
  for (const [at, key] of a.entries()) {
    const other = b[at]
    if (other === undefined || key === other) continue
    return key < other ? -1 : 1
  }
  return 0
}

function keyIn(fields: readonly unknown[]): readonly Key[] {
  const keys = fields.filter((part) => typeof part === 'string' || typeof part === 'number')
  if (keys.length !== 2 || fields.length !== 2) throw failure('page.cursor-refused')
  return keys
}
