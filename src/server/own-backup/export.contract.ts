/** What an export promises over both databases: rows go into another kind of database, and come back the same (E6). */
import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { Catalog } from '../catalog/index.ts'
import {
  addAccount,
  addInstance,
  addPlan,
  addVault,
  type OpenDatabase,
} from '../catalog/world.contract.ts'
import { makeTestKernel } from '../kernel.fixture.ts'
import { exportRows, importRows } from './catalog-rows.ts'
import type { StoredRow } from './export-document.ts'

type Rows = readonly (readonly [string, StoredRow])[]

export function exportContract(name: string, open: () => Promise<OpenDatabase>): void {
  test(`E6: ${name}: an export fills it, and what it exports fills SQLite`, async () => {
    await using kernel = await makeTestKernel()
    await using again = await makeTestKernel()
    const other = await open()
    try {
      const { catalog } = kernel
      const accountId = await addAccount(catalog, 'first')
      const vaultId = await addVault(catalog, accountId, 'main')
      for (let i = 0; i < 700; i++) {
        const { id: instanceId } = await addInstance(catalog, accountId, { name: `web-${i}` })
        if (i % 5 === 0) await addPlan(catalog, { accountId, vaultId, instanceId })
      }
      const rows = await rowsOf(catalog)
      ok(rows.length > 700)
      await fill(other.catalog, rows)
      const there = await rowsOf(other.catalog)
      deepEqual(plain(there), plain(rows))
      await fill(again.catalog, there)
      deepEqual(plain(await rowsOf(again.catalog)), plain(rows))
    } finally {
      await other.close()
    }
  })
}

async function rowsOf(catalog: Catalog): Promise<Rows> {
  return await catalog.readAsOfNow((db) => Array.fromAsync(exportRows(db, 0)))
}

async function fill({ db }: Catalog, rows: Rows): Promise<void> {
  async function* all() {
    yield* rows
  }
  await db.transaction().execute((trx) => importRows(trx, all()))
}

/** Bytes come as buffers of one kind or another; columns in the order in which each database has them. */
function plain(rows: Rows): readonly unknown[] {
  return rows.map(([table, row]) => {
    const cells = Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('hex')}` : value,
    ])
    return [table, Object.fromEntries(cells)]
  })
}
