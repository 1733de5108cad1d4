/**
 * Kysely over Node's own SQLite: one connection, prepared statements kept, every transaction immediate. A deferred one
 * that first reads and then writes fails at once when another process wrote in between; an immediate one waits for its
 * turn. SQLite itself would wait by stopping the whole program, so the waiting is done here.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { assert, isFailure } from '#base'
import { translateSqlite } from './database-problems.ts'

const openTimeoutMs = 10_000
const busyTriesMax = 400
const busyPauseMs = 25
const statementsKeptMax = 256

export type Sleep = (milliseconds: number) => Promise<void>

export function sqliteDialect(path: string, sleep: Sleep): Dialect {
  return {
    createAdapter: () => new QueuedAdapter(),
    createDriver: () => new SqliteDriver(path, sleep),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/**
 * Kysely's own lock of a single connection wakes all who wait whenever it is released: a thousand waiting calls cost a
 * million wakings, and nobody's turn is certain. Ours wakes the first.
 */
class QueuedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class SqliteDriver implements Driver {
  readonly #path: string
  readonly #sleep: Sleep
  /** Who waits for the connection, in the order in which they came. */
  readonly #waiting: (() => void)[] = []
  #isTaken = false
  #connection: SqliteConnection | undefined

  constructor(path: string, sleep: Sleep) {
    this.#path = path
    this.#sleep = sleep
  }

  init(): Promise<void> {
    this.#connection = new SqliteConnection(openDatabase(this.#path), this.#sleep)
    return Promise.resolve()
  }

  /** One caller has it at a time. */
  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#isTaken = true
    const connection = this.#connection
    // It was closed meanwhile: all who wait must hear of it.
    if (connection === undefined) await this.releaseConnection()
    assert(connection !== undefined, 'a database is opened before it is used')
    return connection
  }

  async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const begin = settings.accessMode === 'read only' ? 'begin' : 'begin immediate'
    await connection.executeQuery(CompiledQuery.raw(begin))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  /** SQLite has rolled back already when the disk is full or failed. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#connection?.isInTransaction !== true) return
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  releaseConnection(): Promise<void> {
    const next = this.#waiting.shift()
    // Handed over: in between nobody else may take it.
    if (next === undefined) this.#isTaken = false
    else next()
    return Promise.resolve()
  }

  destroy(): Promise<void> {
    this.#connection?.close()
    this.#connection = undefined
    return Promise.resolve()
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = createDatabase(path)
  try {
    database.exec('pragma journal_mode = wal')
    // With less than "full", the last transactions before a power cut may be gone although they were acknowledged.
    database.exec('pragma synchronous = full')
    database.exec('pragma trusted_schema = off')
    // So that "insert or replace" meets the triggers of the audit log too.
    database.exec('pragma recursive_triggers = on')
    database.exec('pragma busy_timeout = 0')
    return database
  } catch (problem) {
    database.close()
    throw translateSqlite(problem)
  }
}

function createDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, {
      timeout: openTimeoutMs,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    })
  } catch (problem) {
    throw translateSqlite(problem)
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  /** By their SQL, the least recently used first. */
  readonly #statements = new Map<string, StatementSync>()
  readonly #sleep: Sleep

  constructor(database: DatabaseSync, sleep: Sleep) {
    this.#database = database
    this.#sleep = sleep
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (let tries = 1; ; tries++) {
      try {
        return this.#execute(query)
      } catch (problem) {
        const translated = translateSqlite(problem)
        // Inside a transaction nothing waits: it has its turn already, and holds it.
        const mayWait = isFailure(translated, 'catalog.busy') && !this.isInTransaction
        if (!mayWait || tries === busyTriesMax) throw translated
        await this.#sleep(busyPauseMs)
      }
    }
  }

  // biome-ignore lint/correctness/useYield: the catalog pages, it does not stream
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.resolve()
    assert(false, 'the catalog pages, it does not stream')
  }

  #execute<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(query.sql)
    const values = query.parameters.map(toInput)
    if (statement.columns().length > 0) {
      // The one border where rows get the type that the query gave them; the tables are strict.
      return { rows: statement.all(...values) as R[] }
    }
    const { changes } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes) }
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #prepare(text: string): StatementSync {
    const kept = this.#statements.get(text)
    if (kept !== undefined) {
      this.#statements.delete(text)
      this.#statements.set(text, kept)
      return kept
    }
    const statement = this.#database.prepare(text)
    this.#statements.set(text, statement)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size > statementsKeptMax && oldest !== undefined) {
      this.#statements.delete(oldest)
    }
    return statement
  }
}

function toInput(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return value
  assert(Number.isSafeInteger(value), 'what is stored is text, bytes, a safe integer or nothing')
  return Number(value)
}
