/** The rows of a catalog out of one database, and into another. */
import { sql } from 'kysely'
import { failure } from '#base'
import { migrations } from '../catalog/database/migrations/index.ts'
import type { CatalogDb } from '../catalog/database/open-catalog.ts'
import type { StoredRow, StoredValue } from './export-document.ts'
import { type ExportedTable, exportedTables } from './export-tables.ts'

const rowsPerPage = 500
/** SQLite takes 32,766 values in a statement. */
const rowsPerInsert = 200
/** Far more than a server numbers in the time between two exports. */
const assignmentsPassedOver = 1_000_000

/** Number of the newest migration that this program knows. */
export const schemaNow = Math.max(...migrations.map(({ number }) => number))

/** Page by page, so that memory stays small and others have their turn. Call it within `readAsOfNow`. */
export async function* exportRows(
  db: CatalogDb,
  since: number,
): AsyncIterable<readonly [table: string, row: StoredRow]> {
  for (const table of exportedTables) {
    let after: StoredRow | undefined
    for (;;) {
      const rows = await readPage(db, table, { since, after })
      for (const row of rows) yield [table.name, row]
      after = rows.at(-1)
      if (rows.length < rowsPerPage) break
    }
  }
}

async function readPage(
  db: CatalogDb,
  { name, key, only }: ExportedTable,
  { since, after }: { readonly since: number; readonly after: StoredRow | undefined },
): Promise<readonly StoredRow[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  const conditions = [sql`1 = 1`]
  if (only !== undefined) {
    const parts = only.split(':since').map((text) => sql.raw(text))
    conditions.push(sql`(${sql.join(parts, sql`${since}`)})`)
  }
  if (after !== undefined) {
    const values = sql.join(key.map((column) => after[column] ?? null))
    conditions.push(sql`(${columns}) > (${values})`)
  }
  const where = sql.join(conditions, sql` and `)
  const query = sql<StoredRow>`select * from ${sql.table(name)} where ${where}
    order by ${columns} limit ${rowsPerPage}`
  return (await query.execute(db)).rows
}

/** Into an empty catalog, in the caller's transaction. @throws export.damaged for a table that is none of an export's */
export async function importRows(
  trx: CatalogDb,
  rows: AsyncIterable<readonly [table: string, row: StoredRow]>,
): Promise<number> {
  const known = new Set<string>(exportedTables.map(({ name }) => name))
  let waiting: { readonly table: string; readonly rows: StoredRow[] } | undefined
  let count = 0
  for await (const [table, row] of rows) {
    if (!known.has(table)) throw failure('export.damaged', { problem: `it has a table ${table}` })
    const isNext = waiting?.table === table && isAlike(waiting.rows[0], row)
    if (waiting !== undefined && (!isNext || waiting.rows.length >= rowsPerInsert)) {
      await insertRows(trx, waiting)
      waiting = undefined
    }
    waiting ??= { table, rows: [] }
    waiting.rows.push(adjusted(table, row))
    count++
  }
  if (waiting !== undefined) await insertRows(trx, waiting)
  return count
}

/** An agent that was given assignments after the export takes their numbers for old ones: they are passed over. */
function adjusted(table: string, row: StoredRow): StoredRow {
  if (table !== 'agentChannels') return row
  return { ...row, lastAssignment: Number(row['lastAssignment'] ?? 0) + assignmentsPassedOver }
}

function isAlike(a: StoredRow | undefined, b: StoredRow): boolean {
  return a === undefined || Object.keys(a).join() === Object.keys(b).join()
}

async function insertRows(
  trx: CatalogDb,
  { table, rows }: { readonly table: string; readonly rows: readonly StoredRow[] },
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map((row) => {
    const cells: StoredValue[] = columns.map((column) => row[column] ?? null)
    return sql`(${sql.join(cells)})`
  })
  const names = sql.join(columns.map((column) => sql.ref(column)))
  await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(values)}`.execute(trx)
}
