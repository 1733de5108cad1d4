/** Kysely over PostgreSQL. Integers come back as numbers, as they do from SQLite, or not at all. */
import { type DatabaseConnection, type Dialect, PostgresDialect, PostgresDriver } from 'kysely'
import { Pool, types } from 'pg'
import { assert } from '#base'
import { translatePostgres } from './database-problems.ts'

const connectionsMax = 10
const connectTimeoutMs = 10_000
const statementTimeoutMs = 60_000
const idleInTransactionTimeoutMs = 60_000

/** @param report is told of connections that break while nobody uses them; the pool replaces them. */
export function postgresDialect(url: string, report: (problem: Error) => void): Dialect {
  const pool = new Pool({
    connectionString: url,
    application_name: 'holdfast',
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    types: { getTypeParser: typeParser },
  })
  pool.on('error', report)
  // Without a listener of its own, a connection that breaks while it is lent out, or says farewell, would end the program.
  // Whoever uses it gets the problem as the failure of the next statement; of an idle one the pool tells above.
  pool.on('connect', (client) => client.on('error', leaveToNextStatement))
  const dialect = new PostgresDialect({ pool })
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => new TranslatingDriver({ pool }),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  }
}

function leaveToNextStatement(): undefined {
  return undefined
}

/** Its connections speak the catalogue of errors. */
class TranslatingDriver extends PostgresDriver {
  readonly #known = new WeakSet<DatabaseConnection>()

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await translated(super.acquireConnection())
    if (this.#known.has(connection)) return connection
    this.#known.add(connection)
    const execute = connection.executeQuery.bind(connection)
    connection.executeQuery = (query, options) => translated(execute(query, options))
    return connection
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (problem) {
    throw translatePostgres(problem)
  }
}

/** PostgreSQL gives 64-bit integers, and what it counts, as text. */
const typeParser: typeof types.getTypeParser = (id: number, format?: 'text' | 'binary') => {
  const isInteger = id === types.builtins.INT8 || id === types.builtins.NUMERIC
  return isInteger ? toSafeInteger : types.getTypeParser(id, format)
}

function toSafeInteger(text: string): number {
  const value = Number(text)
  assert(Number.isSafeInteger(value), 'an integer of the catalog is a safe one')
  return value
}
