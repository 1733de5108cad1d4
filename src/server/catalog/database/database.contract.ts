/** What a database itself promises: versions, transactions, values, order. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { sql } from 'kysely'
import { createAccount, findAccount, listAccounts } from '../accounts/accounts.ts'
import { findSetting, putSetting } from '../settings.ts'
import { dayOne, type OpenDatabase, type World, worldTest } from '../world.contract.ts'
import { migrations } from './migrations/index.ts'
import { transact } from './transact.ts'

export function databaseContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)

  inWorld('a database of a newer program is refused and not touched', async (world) => {
    const number = (migrations.at(-1)?.number ?? 0) + 1
    await sql`insert into schema_migrations (number, name, applied_at)
      values (${number}, 'from the future', 0)`.execute(world.db)
    const context = { found: number, known: number - 1 }
    await rejects(world.openAnother(), { code: 'catalog.newer', context })
    equal((await listAccounts(world.db)).length, 1)
  })

  inWorld('opening again changes nothing', async (world) => {
    await using other = await world.openAnother()
    deepEqual(await listAccounts(other.db), await listAccounts(world.db))
    await other.check()
  })

  inWorld('a transaction that fails leaves nothing, and the next one works', async (world) => {
    const before = await listAccounts(world.db)
    const work = transact(world.db, async (trx) => {
      await createAccount(trx, account(world, 'half'))
      throw new Error('on purpose')
    })
    await rejects(work, /on purpose/)
    deepEqual(await listAccounts(world.db), before)
    ok(await transact(world.db, (trx) => createAccount(trx, account(world, 'whole'))))
  })

  inWorld('a transaction inside another is part of it', async (world) => {
    const inner = account(world, 'inner')
    const work = transact(world.db, async (trx) => {
      await transact(trx, (same) => createAccount(same, inner))
      throw new Error('on purpose')
    })
    await rejects(work, /on purpose/)
    equal(await findAccount(world.db, inner.id), undefined)
  })

  inWorld('two servers that count in transactions lose no count', async (world) => {
    await using other = await world.openAnother()
    await putSetting(world.db, counter(0))
    const counts = Array.from({ length: 20 }, (_, at) =>
      transact(at % 2 === 0 ? world.db : other.db, async (trx) => {
        await sql`update settings set updated_at = updated_at + 1 where name = 'counter'`.execute(
          trx,
        )
        const found = await findSetting(trx, 'server', 'counter')
        await putSetting(trx, counter(found?.updatedAt ?? 0))
      }),
    )
    await Promise.all(counts)
    equal((await findSetting(world.db, 'server', 'counter'))?.updatedAt, 20)
  })

  inWorld('integers are exact up to the largest safe one', async (world) => {
    const updatedAt = Number.MAX_SAFE_INTEGER
    await putSetting(world.db, { scope: 'server', name: 'large', value: null, updatedAt })
    equal((await findSetting(world.db, 'server', 'large'))?.updatedAt, updatedAt)
  })

  inWorld('text comes back as it was and is ordered by its bytes', async (world) => {
    const names = ['Zebra', 'apple', 'Äpfel', 'zoë', '备份', 'a%b_c\\d', 'A', '\u{1f4be}']
    for (const each of names) await createAccount(world.db, account(world, each))
    const bytes = (text: string) => Buffer.from(text)
    deepEqual(
      (await listAccounts(world.db)).map((found) => found.name),
      ['first', ...names].toSorted((a, b) => Buffer.compare(bytes(a), bytes(b))),
    )
  })

  inWorld('ids sort by their time', async (world) => {
    const first = world.catalog.newId('job')
    await new Promise((resolve) => setTimeout(resolve, 2))
    ok(first < world.catalog.newId('job'))
  })

  inWorld('rows that the constraints forbid cannot be written by hand either', async (world) => {
    const bad = [
      sql`update plans set status = 'UNHEARD'`,
      sql`update plans set status = 'PAUSED'`,
      sql`update instances set state = 'RELEASED'`,
      sql`delete from instances`,
      sql`update accounts set created_at = null`,
    ]
    for (const statement of bad) await rejects(statement.execute(world.db))
  })
}

function account(world: World, name: string) {
  return { id: world.catalog.newId('account'), name, timeZone: 'UTC', createdAt: dayOne }
}

function counter(updatedAt: number) {
  return { scope: 'server', name: 'counter', value: { any: [1, 'two', null] }, updatedAt }
}
