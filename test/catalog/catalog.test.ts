// The catalog keeps its promises over both databases: a real SQLite file and a real PostgreSQL server.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { type CatalogPlace, openCatalog } from '#server'
import { membersContract } from '../../src/server/catalog/accounts/members.contract.ts'
import { passkeysContract } from '../../src/server/catalog/accounts/passkeys.contract.ts'
import { databaseContract } from '../../src/server/catalog/database/database.contract.ts'
import { agentsContract } from '../../src/server/catalog/instances/agents.contract.ts'
import { folderAnswersContract } from '../../src/server/catalog/jobs/folder-answers.contract.ts'
import { jobsContract } from '../../src/server/catalog/jobs/jobs.contract.ts'
import { journalContract } from '../../src/server/catalog/journal/journal.contract.ts'
import { roundsContract } from '../../src/server/catalog/journal/rounds.contract.ts'
import { listsContract } from '../../src/server/catalog/lists.contract.ts'
import { namesContract } from '../../src/server/catalog/names.contract.ts'
import { recordsContract } from '../../src/server/catalog/records.contract.ts'
import { shownListsContract } from '../../src/server/catalog/shown-lists.contract.ts'
import { pointListsContract } from '../../src/server/catalog/vaults/point-lists.contract.ts'
import { pointsContract } from '../../src/server/catalog/vaults/points.contract.ts'
import type { OpenDatabase } from '../../src/server/catalog/world.contract.ts'
import { exportContract } from '../../src/server/own-backup/export.contract.ts'
import { catalogPorts } from './catalog-ports.ts'
import { type PrivatePostgres, startPostgres, whyNoPostgres } from './private-postgres.ts'

const suites = [
  agentsContract,
  databaseContract,
  folderAnswersContract,
  jobsContract,
  listsContract,
  membersContract,
  namesContract,
  passkeysContract,
  recordsContract,
  pointListsContract,
  pointsContract,
  journalContract,
  shownListsContract,
  roundsContract,
  exportContract,
]

describe('over SQLite', () => {
  for (const suite of suites) suite('SQLite', openSqlite)
})

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
  const open = async () =>
    await openAt({ kind: 'postgres', url: await server.createDatabase(migrated) })
  for (const suite of suites) suite('PostgreSQL', open)
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
  const catalog = await openCatalog(place, catalogPorts)
  const openAnother = () => openCatalog(place, catalogPorts)
  return { catalog, openAnother, close: () => catalog.close() }
}
