// Catalogs as several processes have them: started at once, killed in the middle, cut off from their database.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import {
  findAuditHead,
  findSetting,
  listAccounts,
  openCatalog,
  putSetting,
  transact,
  verifyAudit,
} from '#server'
import { catalogPorts } from './catalog-ports.ts'
import { type PrivatePostgres, startPostgres, whyNoPostgres } from './private-postgres.ts'

const child = fileURLToPath(new URL('writer-child.ts', import.meta.url))
const kills = 8

test('SQLite: killed at any moment, what was said to be done is there, and nothing is half', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'catalog.db')
  for (let round = 1; round <= kills; round++) {
    const said = await runAndKill(path, round * 3)
    await using catalog = await openCatalog({ kind: 'sqlite', path }, catalogPorts)
    const left = await findSetting(catalog.db, 'server', 'left')
    const right = await findSetting(catalog.db, 'server', 'right')
    deepEqual(left?.value, right?.value, 'both sides of a transaction, or none')
    ok(Number(left?.value) >= said, `${left?.value} is there after ${said} was said`)
    equal(await verifyAudit(catalog.db, null), undefined)
  }
})

test('SQLite: programs that start at once on an empty folder share one catalog', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'catalog.db')
  const said = await Promise.all([1, 2, 3].map(() => runAndKill(path, 4)))
  await using catalog = await openCatalog({ kind: 'sqlite', path }, catalogPorts)
  const { sequence } = await findAuditHead(catalog.db, null)
  ok(sequence >= said.reduce((sum, each) => sum + each, 0), 'no commit of the three was lost')
  equal(await verifyAudit(catalog.db, null), undefined)
})

test('SQLite: a file that is no database is refused as damaged', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bad-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'catalog.db')
  writeFileSync(path, 'this is no database, but it is as long as the header of one.'.repeat(50))
  await rejects(openCatalog({ kind: 'sqlite', path }, catalogPorts), { code: 'catalog.damaged' })
  const nowhere = { kind: 'sqlite', path: join(folder, 'nowhere', 'catalog.db') } as const
  await rejects(openCatalog(nowhere, catalogPorts), { code: 'catalog.unavailable' })
})

const reason = process.env['CI'] ? undefined : whyNoPostgres()
describe('servers over PostgreSQL', { skip: reason ?? false }, () => {
  let server: PrivatePostgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())

  test('four that start at once on an empty database migrate it once', async () => {
    const place = { kind: 'postgres', url: await server.createDatabase() } as const
    const catalogs = await Promise.all([1, 2, 3, 4].map(() => openCatalog(place, catalogPorts)))
    for (const catalog of catalogs) deepEqual(await listAccounts(catalog.db), [])
    for (const catalog of catalogs) await catalog.close()
  })

  test('a connection that is cut in a transaction fails it, and the next one works', async () => {
    const url = await server.createDatabase()
    const ports = { ...catalogPorts, report: () => undefined }
    await using catalog = await openCatalog({ kind: 'postgres', url }, ports)
    const setting = { scope: 'server', name: 'cut', value: 1, updatedAt: 1 }
    const cut = transact(catalog.db, async (trx) => {
      await putSetting(trx, setting)
      await endConnections(url)
      await putSetting(trx, { ...setting, value: 2 })
    })
    await rejects(cut, { code: 'catalog.unavailable' })
    equal(await findSetting(catalog.db, 'server', 'cut'), undefined)
    await putSetting(catalog.db, setting)
  })

  test('a database that cannot be reached is unavailable, not broken', async () => {
    const url = (await server.createDatabase()).replace('holdfast-pg-', 'holdfast-no-')
    await rejects(openCatalog({ kind: 'postgres', url }, catalogPorts), {
      code: 'catalog.unavailable',
    })
  })
})

/** @returns the last number that the child said before it was killed */
async function runAndKill(path: string, after: number): Promise<number> {
  const writer = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => writer.once('exit', resolve))
  let lines = 0
  let said = 0
  for await (const line of createInterface({ input: writer.stdout })) {
    said = Number(line)
    if (++lines === after) writer.kill('SIGKILL')
  }
  await ended
  ok(lines >= after, 'the child was killed and did not fail by itself')
  return said
}

async function endConnections(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`)
  await client.end()
}
