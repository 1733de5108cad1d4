/** A connection to an SQLite file: how it is set up, and its statements, which are prepared once and kept. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'
import { assert, isFailure } from '#base'
import { translateSqlite } from './database-problems.ts'

const openTimeoutMs = 10_000
const busyTriesMax = 400
const busyPauseMs = 25
const statementsKeptMax = 256

export type Sleep = (milliseconds: number) => Promise<void>

/** @param rights a reader that tries to write fails */
export function openDatabase(path: string, rights: 'writes' | 'reads'): DatabaseSync {
  const database = createDatabase(path)
  try {
    database.exec('pragma journal_mode = wal')
    // Transactions are not on the disk when SQLite says that they are done; `WalSync` sees to it before anybody else says so.
    database.exec('pragma synchronous = normal')
    database.exec('pragma trusted_schema = off')
    // So that "insert or replace" meets the triggers of the audit log too.
    database.exec('pragma recursive_triggers = on')
    database.exec('pragma busy_timeout = 0')
    if (rights === 'reads') database.exec('pragma query_only = on')
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

/** Statements of one connection, at once, or after a while when another program is writing. */
export class SqliteConnection {
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
