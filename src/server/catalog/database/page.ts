/**
 * Pages of a list, by key: a page begins after the row where the last one ended, so rows that come and go meanwhile
 * neither repeat nor hide others. The cursor says to which list and order it belongs and is refused by any other.
 */
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { failure } from '#base'
import { readCursor, writeCursor } from '../../cursor.ts'
import type { CatalogTables } from '../tables.ts'

export type PageRequest = { readonly limit: number; readonly cursor?: string | undefined }

export type Page<T> = { readonly items: readonly T[]; readonly next: string | undefined }

/** A column, or `-column` for the other way round. */
export type SortOf<Columns extends string> = Columns | `-${Columns}`

/** Where a page ended. */
type Position = { readonly value: string | number; readonly id: string | number }

export type Order<Row> = {
  /** The list and its filters: what a cursor is bound to. */
  readonly list: unknown
  /** Columns that are never null, or what is computed of them; the second makes the order of equals certain. */
  readonly columns: readonly [column: string | RawBuilder<unknown>, id: string]
  readonly descends: boolean
  readonly positionOf: (row: Row) => Position
}

const limitMax = 500

/** @throws page.cursor-refused for a cursor that is not of this list */
export async function readPage<TB extends keyof CatalogTables, Row>(
  query: SelectQueryBuilder<CatalogTables, TB, Row>,
  order: Order<Row>,
  request: PageRequest,
): Promise<Page<Row>> {
  const limit = Math.min(Math.max(1, request.limit), limitMax)
  const [column, id] = order.columns.map((name) =>
    typeof name === 'string' ? sql.ref(name) : name,
  )
  const direction = sql.raw(order.descends ? 'desc' : 'asc')
  const list = listOf(order)
  let paged = query.orderBy(sql`${column} ${direction}, ${id} ${direction}`).limit(limit + 1)
  if (request.cursor !== undefined) {
    const after = positionIn(readCursor(list, request.cursor))
    const than = sql.raw(order.descends ? '<' : '>')
    paged = paged.where(sql<boolean>`(${column}, ${id}) ${than} (${after.value}, ${after.id})`)
  }
  const rows = await paged.execute()
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const isMore = rows.length > limit && last !== undefined
  if (!isMore) return { items, next: undefined }
  const { value, id: lastId } = order.positionOf(last)
  return { items, next: writeCursor(list, [value, lastId]) }
}

export function mapPage<From, To>(page: Page<From>, map: (item: From) => To): Page<To> {
  return { items: page.items.map(map), next: page.next }
}

function listOf({
  list,
  columns,
  descends,
}: Pick<Order<unknown>, 'list' | 'columns' | 'descends'>) {
  // A computed column is named by its list.
  return [list, columns.filter((name) => typeof name === 'string'), descends]
}

function positionIn(fields: readonly unknown[]): Position {
  const [value, id, ...rest] = fields
  if (!isKey(value) || !isKey(id) || rest.length > 0) throw failure('page.cursor-refused')
  return { value, id }
}

function isKey(value: unknown): value is string | number {
  return typeof value === 'string' || Number.isSafeInteger(value)
}
