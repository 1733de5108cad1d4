// The scheduler keeps its promises over both databases, and two of them over one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { type CatalogPlace, openCatalog } from '#server'
import type { OpenDatabase } from '../../src/server/catalog/world.contract.ts'
import { schedulerContract } from '../../src/server/scheduler/scheduler.contract.ts'
import { catalogPorts } from '../catalog/catalog-ports.ts'
import { type PrivatePostgres, startPostgres, whyNoPostgres } from '../catalog/private-postgres.ts'

describe('over SQLite', () => schedulerContract('SQLite', openSqlite))

// In CI nothing is skipped: there the start fails and says why.
const reason = process.env['CI'] ? undefined : whyNoPostgres()
describe('over PostgreSQL', { skip: reason ?? false }, () => {
  let server: PrivatePostgres
  let migrated: string
  before(async () => {
    server = await startPostgres()
    migrated = await server.createDatabase()
    await (await openAt({ kind: 'postgres', url: migrated })).close()
  })
  after(() => server.stop())
  schedulerContract('PostgreSQL', async () =>
    openAt({ kind: 'postgres', url: await server.createDatabase(migrated) }),
  )
})

async function openSqlite(): Promise<OpenDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-scheduler-'))
  const database = await openAt({ kind: 'sqlite', path: join(folder, 'catalog.db') })
  const close = async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  }
  return { ...database, close }
}

async function openAt(place: CatalogPlace): Promise<OpenDatabase> {
  const catalog = await openCatalog(place, catalogPorts)
  return {
    catalog,
    openAnother: () => openCatalog(place, catalogPorts),
    close: () => catalog.close(),
  }
}
