// The catalog keeps its promises over both databases: a real SQLite file and a real PostgreSQL server.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type CatalogPlace, openCatalog } from '#server'
import { jobsContract } from '../../src/server/catalog/jobs.contract.ts'
import type { OpenDatabase } from '../../src/server/catalog/world.contract.ts'
import { type PrivatePostgres, startPostgres, whyNoPostgres } from './private-postgres.ts'

const suites = [jobsContract]

describe('over SQLite', { concurrency: false }, () => {
  for (const suite of suites) suite('SQLite', openSqlite)
})

const reason = whyNoPostgres()
// In CI nothing is skipped: there the start fails and says why.
describe('over PostgreSQL', { skip: process.env['CI'] ? false : (reason ?? false) }, () => {
  let server: PrivatePostgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())
  for (const suite of suites) {
    suite('PostgreSQL', async () =>
      await openAt({ kind: 'postgres', url: await server.createDatabase() }))
  }
})

async function openSqlite(): Promise<OpenDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-catalog-'))
  const database = await openAt({ kind: 'sqlite', path: join(folder, 'catalog.db') })
  const close = async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  }
  return { ...database, close }
}

async function openAt(place: CatalogPlace): Promise<OpenDatabase> {
  const ports = {
    wallMs: () => Date.now(),
    random: (length: number) => new Uint8Array(randomBytes(length)),
    report: (problem: Error) => {
      throw problem
    },
  }
  const catalog = await openCatalog(place, ports)
  return { catalog, openAnother: () => openCatalog(place, ports), close: () => catalog.close() }
}
