/**
 * The catalog of a control server: a cache of what the vaults hold, and the memory of what they do not (decision 7).
 * Statements are short and bounded by the timeouts of the database, so none takes a signal.
 */
import { CamelCasePlugin, Kysely } from 'kysely'
import type { Id, IdKind } from '#contract'
import type { CatalogTables } from '../tables.ts'
import { migrate } from './migrate.ts'
import type { Engine } from './migrations/ddl.ts'
import { idMaker } from './new-ids.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

export type CatalogPlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

export type CatalogPorts = {
  /** Wall clock, milliseconds since 1970. */
  readonly wallMs: () => number
  readonly random: (length: number) => Uint8Array
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Told of connections that broke while nobody used them. */
  readonly report: (problem: Error) => void
}

/** What statements run on: the database, or a transaction in it. */
export type CatalogDb = Kysely<CatalogTables>

export type Catalog = AsyncDisposable & {
  readonly engine: Engine
  readonly db: CatalogDb
  /** A new id; later ones sort after earlier ones, as far as the clock goes forward, also within a millisecond. */
  newId<Kind extends IdKind>(kind: Kind): Id<Kind>
  /** Reads as of one instant, whatever is written meanwhile; it writes nothing, and keeps nobody waiting. */
  readAsOfNow<T>(work: (db: CatalogDb) => Promise<T>): Promise<T>
  /** Throws `catalog.unavailable` when the database does not answer. */
  check(): Promise<void>
  close(): Promise<void>
}

/** @throws catalog.newer, catalog.unavailable, catalog.damaged */
export async function openCatalog(place: CatalogPlace, ports: CatalogPorts): Promise<Catalog> {
  let isClosed = false
  const report = (problem: Error): void => {
    // The farewell of a connection may meet that of the server; nothing is lost by it.
    if (!isClosed) ports.report(problem)
  }
  const dialect =
    place.kind === 'sqlite'
      ? sqliteDialect(place.path, ports.sleep)
      : postgresDialect(place.url, report)
  const plugins = [new CamelCasePlugin()]
  const db = new Kysely<CatalogTables>({ dialect, plugins })
  const close = async (): Promise<void> => {
    isClosed = true
    await db.destroy()
  }
  try {
    await migrate(db.withTables(), place.kind, ports.wallMs)
  } catch (problem) {
    await close()
    throw problem
  }
  return {
    engine: place.kind,
    db,
    newId: idMaker(ports),
    readAsOfNow: (work) => readAsOfNow({ place, db, ports }, work),
    check: async () => {
      await db.selectFrom('accounts').select('id').limit(1).execute()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** SQLite has one connection, which whoever writes needs: reading for long is done on another one. */
async function readAsOfNow<T>(
  of: { readonly place: CatalogPlace; readonly db: CatalogDb; readonly ports: CatalogPorts },
  work: (db: CatalogDb) => Promise<T>,
): Promise<T> {
  const read = async (db: CatalogDb): Promise<T> =>
    await db
      .transaction()
      .setAccessMode('read only')
      .setIsolationLevel('repeatable read')
      .execute(work)
  if (of.place.kind === 'postgres') return await read(of.db)
  const dialect = sqliteDialect(of.place.path, of.ports.sleep)
  const own = new Kysely<CatalogTables>({ dialect, plugins: [new CamelCasePlugin()] })
  try {
    return await read(own)
  } finally {
    await own.destroy()
  }
}
