/**
 * Brings a database to the version of this program, one transaction a migration. Several servers may start at once: each
 * takes the lock, looks what is done, does the next. A database of a newer program is refused and not touched.
 */
import { type Kysely, sql } from 'kysely'
import { assert, failure } from '#base'
import { type Engine, type Migration, renderStatement } from './migrations/ddl.ts'
import { migrations } from './migrations/index.ts'

type MigrationTables = {
  readonly schemaMigrations: {
    readonly number: number
    readonly name: string
    readonly appliedAt: number
  }
}

/** Any number, as long as nothing else in the database locks it. */
const advisoryLock = 7_414_605

export async function migrate(
  db: Kysely<MigrationTables>,
  engine: Engine,
  wallMs: () => number,
): Promise<void> {
  const known = newestOf(migrations)
  for (let isBehind = true; isBehind; ) {
    isBehind = await db.transaction().execute(async (trx) => {
      await lockMigrations(trx, engine)
      const done = await readDone(trx)
      const found = Math.max(0, ...done)
      if (found > known) throw failure('catalog.newer', { found, known })
      const next = migrations.find(({ number }) => !done.has(number))
      if (next === undefined) return false
      for (const statement of next.statements) {
        await sql.raw(renderStatement(statement, engine)).execute(trx)
      }
      await trx
        .insertInto('schemaMigrations')
        .values({ number: next.number, name: next.name, appliedAt: wallMs() })
        .execute()
      return true
    })
  }
}

/** SQLite's transaction is immediate and so the lock itself. Whoever comes second waits here. */
async function lockMigrations(trx: Kysely<MigrationTables>, engine: Engine): Promise<void> {
  if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${advisoryLock})`.execute(trx)
  const table = `create table if not exists schema_migrations (
    number integer primary key, name text not null, applied_at integer not null)`
  await sql.raw(renderStatement(table, engine)).execute(trx)
}

async function readDone(trx: Kysely<MigrationTables>): Promise<ReadonlySet<number>> {
  const rows = await trx.selectFrom('schemaMigrations').select('number').execute()
  return new Set(rows.map(({ number }) => number))
}

/** Numbers rise; one that is missing was never released. */
function newestOf(list: readonly Migration[]): number {
  let newest = 0
  for (const { number } of list) {
    assert(number > newest, 'migrations are in the order of their numbers')
    newest = number
  }
  return newest
}
