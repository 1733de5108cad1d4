/**
 * Lists come in pages. The cursor is opaque and bound to the query that made it; a list that changes meanwhile shows
 * every object that was there throughout exactly once.
 */
import { z } from 'zod'
import { amount } from './wire/text.ts'

export const pageItemsMax = 500
export const pageItemsDefault = 50

export const cursor = z
  .string()
  .max(1_024)
  .regex(/^[A-Za-z0-9_-]+$/, 'not a cursor')

export const pagingQuery = {
  limit: z.int().min(1).max(pageItemsMax).optional().meta({ default: pageItemsDefault }),
  cursor: cursor.optional(),
} as const

/** The query of a list: its filters, an order of `sort` (a leading minus: descending), and paging. */
export function listQuery<
  const Filters extends z.core.$ZodLooseShape,
  const Keys extends readonly [string, ...string[]],
>(sort: Keys, filters: Filters) {
  return z.strictObject({
    ...filters,
    ...pagingQuery,
    sort: z.enum(bothWays<Keys[number]>(sort)).optional(),
  })
}

/** The query of a list that has one order only. */
export function pageQuery<const Filters extends z.core.$ZodLooseShape>(filters: Filters) {
  return z.strictObject({ ...filters, ...pagingQuery })
}

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).max(pageItemsMax),
    /** Absent on the last page. */
    next: cursor.optional(),
    /** How many there are in all, where counting is cheap. */
    total: amount.optional(),
  })
}

type BothWays<Key extends string> = Key | `-${Key}`

function bothWays<const Key extends string>(keys: readonly Key[]): readonly BothWays<Key>[] {
  return keys.flatMap((key) => [key, `-${key}` as const])
}
