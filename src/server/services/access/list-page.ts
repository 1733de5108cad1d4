/**
 * Pages of lists that are short by their limits and read as a whole: users, tokens, regions. A page begins after the key
 * where the last one ended, as the pages of the catalog do; the cursor belongs to one list in one order.
 */
import { createHash } from 'node:crypto'
import { failure } from '#base'
import { pageItemsDefault } from '#contract'

export type ListPage<Item> = { readonly items: readonly Item[]; readonly next?: string }

type Key = string | number

export function pageOfList<Item>(
  items: readonly Item[],
  order: {
    /** The list, its filters and its order. */
    readonly list: unknown
    readonly descends?: boolean
    /** Comparable, and different for each item: what comes first in the order, then the id. */
    readonly keyOf: (item: Item) => readonly [Key, string]
  },
  request: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): ListPage<Item> {
  const { keyOf, descends = false } = order
  const binding = createHash('sha256')
    .update(JSON.stringify(order))
    .digest('base64url')
    .slice(0, 16)
  const compare = (a: readonly Key[], b: readonly Key[]) =>
    descends ? compareKeys(b, a) : compareKeys(a, b)
  const sorted = items.toSorted((a, b) => compare(keyOf(a), keyOf(b)))
  const after = request.cursor === undefined ? undefined : readCursor(request.cursor, binding)
  const rest =
    after === undefined ? sorted : sorted.filter((item) => compare(keyOf(item), after) > 0)
  const page = rest.slice(0, request.limit ?? pageItemsDefault)
  const last = page.at(-1)
  if (last === undefined || page.length === rest.length) return { items: page }
  return { items: page, next: writeCursor(keyOf(last), binding) }
}

function compareKeys(a: readonly Key[], b: readonly Key[]): number {
  for (const [at, key] of a.entries()) {
    const other = b[at]
    if (other === undefined || key === other) continue
    return key < other ? -1 : 1
  }
  return 0
}

function writeCursor(key: readonly Key[], binding: string): string {
  return Buffer.from(JSON.stringify([binding, ...key])).toString('base64url')
}

function readCursor(cursor: string, binding: string): readonly Key[] {
  const [found, ...key] = parsedList(Buffer.from(cursor, 'base64url').toString('utf8'))
  const keys = key.filter((part) => typeof part === 'string' || typeof part === 'number')
  if (found !== binding || keys.length !== 2) throw failure('page.cursor-refused')
  return keys
}

function parsedList(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : []
  } catch (problem) {
    throw failure('page.cursor-refused', {}, problem)
  }
}
