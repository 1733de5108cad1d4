import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { CamelCasePlugin, Kysely, sql } from 'kysely'
import type { CatalogTables } from '../tables.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { type WalFile, WalSync } from './wal-sync.ts'

/** A disk that is done when it is told to. */
class SlowDisk implements WalFile {
  readonly ends: PromiseWithResolvers<void>[] = []
  isClosed = false

  sync(): Promise<void> {
    const end = Promise.withResolvers<void>()
    this.ends.push(end)
    return end.promise
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}

function makeSync() {
  const disk = new SlowDisk()
  const done: string[] = []
  const sync = new WalSync(async () => disk)
  const commit = (name: string) => sync.settle().then(() => done.push(name))
  return { disk, done, sync, commit }
}

test('a commit is not done before the disk is, and those that wait together share one write', async () => {
  const { disk, done, commit } = makeSync()
  const first = [commit('a'), commit('b')]
  await turn()
  deepEqual([disk.ends.length, done], [1, []])
  // The write that runs began before these.
  const second = [commit('c'), commit('d')]
  await turn()
  disk.ends[0]?.resolve()
  await Promise.all(first)
  await turn()
  deepEqual([disk.ends.length, done], [2, ['a', 'b']])
  disk.ends[1]?.resolve()
  await Promise.all(second)
  deepEqual([disk.ends.length, done], [2, ['a', 'b', 'c', 'd']])
})

test('after a write to the disk that failed no commit is done any more', async () => {
  const { disk, done, sync, commit } = makeSync()
  const failed = commit('a')
  await turn()
  disk.ends[0]?.reject(new Error('EIO'))
  await rejects(failed, { code: 'catalog.unavailable' })
  await rejects(commit('b'), { code: 'catalog.unavailable' })
  deepEqual([disk.ends.length, done], [1, []])
  await sync.close()
  equal(disk.isClosed, true)
})

test('whoever waits for the disk lets others on, and never ends the transaction of another', async (t) => {
  const db = openDatabase(t)
  await sql`create table counts (name text primary key, number integer not null) strict`.execute(db)
  await sql`insert into counts values ('all', 0)`.execute(db)
  const add = () =>
    db.transaction().execute(async (trx) => {
      await sql`update counts set number = number + 1`.execute(trx)
      await turn()
      await sql`update counts set number = number + 1`.execute(trx)
    })
  const fail = () =>
    rejects(
      db.transaction().execute(async (trx) => {
        await sql`update counts set number = -1000`.execute(trx)
        await turn()
        throw new Error('on purpose')
      }),
      /on purpose/,
    )
  const single = () => sql`update counts set number = number + 1`.execute(db)
  await Promise.all(Array.from({ length: 50 }, () => [add(), fail(), single()]).flat())
  const { rows } = await sql<{ number: number }>`select number from counts`.execute(db)
  deepEqual(
    rows.map(({ number }) => number),
    [150],
  )
})

test('a question is answered while a transaction of another goes on, as of the last commit', async (t) => {
  const db = openDatabase(t)
  await sql`create table counts (name text primary key, number integer not null) strict`.execute(db)
  await sql`insert into counts values ('all', 1)`.execute(db)
  const ask = async (of: Kysely<CatalogTables>) =>
    (await sql<{ number: number }>`select number from counts`.execute(of)).rows[0]?.number
  const seen = await db.transaction().execute(async (trx) => {
    await sql`update counts set number = 2`.execute(trx)
    return { inside: await ask(trx), outside: await ask(db) }
  })
  deepEqual({ ...seen, after: await ask(db) }, { inside: 2, outside: 1, after: 2 })
})

test('a transaction that only reads sees one state, and writes wait for its end', async (t) => {
  const db = openDatabase(t)
  await sql`create table counts (name text primary key, number integer not null) strict`.execute(db)
  await sql`insert into counts values ('all', 1)`.execute(db)
  const ask = async (of: Kysely<CatalogTables>) =>
    (await sql<{ number: number }>`select number from counts`.execute(of)).rows[0]?.number
  let writing: Promise<unknown> = Promise.resolve()
  const seen = await db
    .transaction()
    .setAccessMode('read only')
    .execute(async (trx) => {
      const before = await ask(trx)
      writing = sql`update counts set number = 2`.execute(db)
      await turn()
      return [before, await ask(trx)]
    })
  await writing
  deepEqual([...seen, await ask(db)], [1, 1, 2])
})

function openDatabase(t: TestContext): Kysely<CatalogTables> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-wal-'))
  const dialect = sqliteDialect(join(folder, 'catalog.db'), async () => await turn())
  const db = new Kysely<CatalogTables>({ dialect, plugins: [new CamelCasePlugin()] })
  t.after(async () => {
    await db.destroy()
    rmSync(folder, { recursive: true })
  })
  return db
}
