/**
 * Kysely over Node's own SQLite: one connection that writes, with every transaction immediate, and one that answers single
 * questions meanwhile, as of the last commit: nobody who only asks waits for a transaction of others. A deferred one
 * that first reads and then writes fails at once when another process wrote in between; an immediate one waits for its
 * turn. SQLite itself would wait by stopping the whole program, so the waiting is done here; that for the disk too, and
 * whoever waits for the disk lets the next one on.
 */
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
import { assert } from '#base'
import { openDatabase, type Sleep, SqliteConnection } from './sqlite-connection.ts'
import { openWalFile, WalSync } from './wal-sync.ts'

export type { Sleep } from './sqlite-connection.ts'

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
  #writer: SqliteConnection | undefined
  #reader: SqliteConnection | undefined

  constructor(path: string, sleep: Sleep) {
    this.#path = path
    this.#sleep = sleep
    this.#disk = new WalSync(() => openWalFile(path))
  }

  init(): Promise<void> {
    this.#writer = new SqliteConnection(openDatabase(this.#path, 'writes'), this.#sleep)
    this.#reader = new SqliteConnection(openDatabase(this.#path, 'reads'), this.#sleep)
    return Promise.resolve()
  }

  acquireConnection(): Promise<DatabaseConnection> {
    const reader = this.#reader
    assert(reader !== undefined, 'a database is opened before it is used')
    const take = () => this.#take()
    return Promise.resolve(new Turn({ reader, take, disk: this.#disk }))
  }

  /** One caller has it at a time. */
  async #take(): Promise<Taken> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#isTaken = true
    const writer = this.#writer
    // It was closed meanwhile: all who wait must hear of it.
    if (writer === undefined) this.#handOver()
    assert(writer !== undefined, 'a database is not closed while somebody uses it')
    return { writer, handOver: () => this.#handOver() }
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

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await turnOf(connection).rollback()
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
    this.#reader?.close()
    this.#writer?.close()
    this.#reader = undefined
    this.#writer = undefined
    await this.#disk.close()
  }
}

function turnOf(connection: DatabaseConnection): Turn {
  assert(connection instanceof Turn, 'a connection is given back to who gave it')
  return connection
}

type Taken = { readonly writer: SqliteConnection; handOver(): void }

type TurnParts = {
  readonly reader: SqliteConnection
  readonly take: () => Promise<Taken>
  readonly disk: WalSync
}

/**
 * What one caller asks: a question, a statement that writes, or a transaction. For the latter two it waits until it has the
 * connection that writes; what it wrote is on the disk when it hears of it.
 */
class Turn implements DatabaseConnection {
  readonly #parts: TurnParts
  #taken: Taken | undefined
  #hasWritten = false
  #isOver = false

  constructor(parts: TurnParts) {
    this.#parts = parts
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    assert(!this.#isOver, 'who has written and let others on begins anew')
    const isQuestion = /^\s*select\b/i.test(query.sql)
    if (isQuestion && this.#taken === undefined)
      return await this.#parts.reader.executeQuery<R>(query)
    this.#taken ??= await this.#parts.take()
    const { writer } = this.#taken
    const result = await writer.executeQuery<R>(query)
    // Whatever is not sure only to read or to frame a transaction counts as a write, which costs a wait and no more.
    if (isQuestion || isFrame(query.sql)) return result
    this.#hasWritten = true
    if (!writer.isInTransaction) await this.#settle()
    return result
  }

  async commit(): Promise<void> {
    assert(this.#taken !== undefined, 'what is committed was begun')
    await this.#taken.writer.executeQuery(CompiledQuery.raw('commit'))
    if (this.#hasWritten) await this.#settle()
  }

  /** SQLite has rolled back already when the disk is full or failed. */
  async rollback(): Promise<void> {
    // After its commit the transaction that is under way is somebody else's.
    if (this.#isOver || this.#taken?.writer.isInTransaction !== true) return
    await this.#taken.writer.executeQuery(CompiledQuery.raw('rollback'))
  }

  async #settle(): Promise<void> {
    this.end()
    await this.#parts.disk.settle()
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#taken?.handOver()
  }

  // biome-ignore lint/correctness/useYield: the catalog pages, it does not stream
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.resolve()
    assert(false, 'the catalog pages, it does not stream')
  }
}

function isFrame(text: string): boolean {
  return /^\s*(?:pragma|begin|commit|rollback)\b/i.test(text)
}
