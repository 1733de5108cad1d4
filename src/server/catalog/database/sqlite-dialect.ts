/**
 * Kysely over Node's own SQLite: one connection, prepared statements kept, every transaction immediate. A deferred one
 * that first reads and then writes fails at once when another process wrote in between; an immediate one waits for its
 * turn. SQLite itself would wait by stopping the whole program, so the waiting is done here; that for the disk too, and
 * whoever waits for the disk lets the next one on.
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
import { openWalFile, WalSync } from './wal-sync.ts'

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
  readonly #disk: WalSync
  /** Who waits for the connection, in the order in which they came. */
  readonly #waiting: (() => void)[] = []
  #isTaken = false
  #connection: SqliteConnection | undefined

  constructor(path: string, sleep: Sleep) {
    this.#path = path
    this.#sleep = sleep
    this.#disk = new WalSync(() => openWalFile(path))
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
    if (connection === undefined) this.#handOver()
    assert(connection !== undefined, 'a database is opened before it is used')
    return new Turn(connection, this.#disk, () => this.#handOver())
  }

  async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const begin = settings.accessMode === 'read only' ? 'begin' : 'begin immediate'
    await connection.executeQuery(CompiledQuery.raw(begin))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await turnOf(connection).commit()
  }

  /** SQLite has rolled back already when the disk is full or failed. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // After its commit the transaction that is under way is somebody else's.
    if (turnOf(connection).isOver || this.#connection?.isInTransaction !== true) return
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    turnOf(connection).end()
    return Promise.resolve()
  }

  #handOver(): void {
    const next = this.#waiting.shift()
    // Handed over: in between nobody else may take it.
    if (next === undefined) this.#isTaken = false
    else next()
  }

  async destroy(): Promise<void> {
    this.#connection?.close()
    this.#connection = undefined
    await this.#disk.close()
  }
}

function turnOf(connection: DatabaseConnection): Turn {
  assert(connection instanceof Turn, 'a connection is given back to who gave it')
  return connection
}

/** The connection while one caller has it: for a statement, or a transaction. What it wrote is on the disk when it hears of it. */
class Turn implements DatabaseConnection {
  readonly #connection: SqliteConnection
  readonly #disk: WalSync
  readonly #handOver: () => void
  #hasWritten = false
  isOver = false

  constructor(connection: SqliteConnection, disk: WalSync, handOver: () => void) {
    this.#connection = connection
    this.#disk = disk
    this.#handOver = handOver
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    assert(!this.isOver, 'who has written and let others on begins anew')
    const result = await this.#connection.executeQuery<R>(query)
    if (!writes(query.sql)) return result
    this.#hasWritten = true
    if (!this.#connection.isInTransaction) await this.#settle()
    return result
  }

  async commit(): Promise<void> {
    await this.#connection.executeQuery(CompiledQuery.raw('commit'))
    if (this.#hasWritten) await this.#settle()
  }

  async #settle(): Promise<void> {
    this.end()
    await this.#disk.settle()
  }

  end(): void {
    if (this.isOver) return
    this.isOver = true
    this.#handOver()
  }

  // biome-ignore lint/correctness/useYield: the catalog pages, it does not stream
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.resolve()
    assert(false, 'the catalog pages, it does not stream')
  }
}

/** Whatever is not sure only to read or to frame a transaction counts as a write, which costs a wait and no more. */
function writes(text: string): boolean {
  return !/^\s*(?:select|pragma|begin|commit|rollback)\b/i.test(text)
}

function openDatabase(path: string): DatabaseSync {
  const database = createDatabase(path)
  try {
    database.exec('pragma journal_mode = wal')
    // Transactions are not on the disk when SQLite says that they are done; `WalSync` sees to it before anybody else says so.
    database.exec('pragma synchronous = normal')
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

type Prepared = { readonly statement: StatementSync; readonly hasRows: boolean }

class SqliteConnection {
  readonly #database: DatabaseSync
  /** By their SQL, the least recently used first. */
  readonly #statements = new Map<string, Prepared>()
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

  #execute<R>(query: CompiledQuery): QueryResult<R> {
    const { statement, hasRows } = this.#prepare(query.sql)
    const values = query.parameters.map(toInput)
    if (hasRows) {
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

  #prepare(text: string): Prepared {
    const kept = this.#statements.get(text)
    if (kept !== undefined) {
      this.#statements.delete(text)
      this.#statements.set(text, kept)
      return kept
    }
    const statement = this.#database.prepare(text)
    const prepared = { statement, hasRows: statement.columns().length > 0 }
    this.#statements.set(text, prepared)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size > statementsKeptMax && oldest !== undefined) {
      this.#statements.delete(oldest)
    }
    return prepared
  }
}

function toInput(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return value
  assert(Number.isSafeInteger(value), 'what is stored is text, bytes, a safe integer or nothing')
  return Number(value)
}
