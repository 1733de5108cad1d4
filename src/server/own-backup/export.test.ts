import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { sql } from 'kysely'
import { failure } from '#base'
import type { AccountId } from '#contract'
import { createPasskey, findPasskey } from '../catalog/accounts/passkeys.ts'
import { putRecoveryCodes } from '../catalog/accounts/recovery-codes.ts'
import { createUser } from '../catalog/accounts/users.ts'
import type { Catalog } from '../catalog/index.ts'
import { addAccount, addInstance, addPlan, addVault } from '../catalog/world.contract.ts'
import { makeTestKernel, type TestKernel } from '../kernel.fixture.ts'
import { exportRows, importRows, schemaNow } from './catalog-rows.ts'
import { decodeExport, type ExportSeal, encodeExport, type StoredRow } from './export-document.ts'
import { exportedTables, tablesLeftOut } from './export-tables.ts'
import { linesOf } from './json-lines.ts'

/** A master key as far as the document asks one: what another sealed, it does not open. */
function sealOf(name: string): ExportSeal {
  const mark = (bytes: Uint8Array, context: string) =>
    createHmac('sha256', name).update(context).update(bytes).digest()
  return {
    wrap: async (bytes, context) => Buffer.concat([mark(bytes, context), bytes]),
    unwrap: async (wrapped, context) => {
      const bytes = wrapped.subarray(32)
      if (mark(bytes, context).compare(wrapped.subarray(0, 32)) === 0) return bytes
      throw failure('server-keys.other', { key: 'of another server' })
    },
  }
}

const [seal, foreign] = [sealOf('ours'), sealOf('theirs')]

async function filled(): Promise<TestKernel> {
  const kernel = await makeTestKernel()
  const { catalog } = kernel
  for (const name of ['first', 'second']) {
    const accountId = await addAccount(catalog, name)
    const vaultId = await addVault(catalog, accountId, 'main')
    for (let i = 0; i < 300; i++) {
      const { id: instanceId } = await addInstance(catalog, accountId, { name: `web-${i}` })
      if (i % 3 === 0) await addPlan(catalog, { accountId, vaultId, instanceId })
    }
    await addPerson(catalog, accountId, name)
  }
  return kernel
}

/** Who signs in with a passkey, or has lost it and has a code. */
async function addPerson({ db, newId }: Catalog, accountId: AccountId, name: string) {
  const userId = newId('user')
  await createUser(db, {
    id: userId,
    accountId,
    name,
    login: `${name}@example.com`,
    email: `${name}@example.com`,
    passwordHash: 'hash',
    totpSecret: null,
    status: 'ACTIVE',
    mustChangePassword: false,
    failedLogins: 0,
    barredUntil: null,
    createdAt: 1,
    lastLoginAt: null,
  })
  const credentialId = `of ${name}`
  const passkey = {
    id: newId('passkey'),
    accountId,
    userId,
    credentialId,
    name,
    counter: 2 ** 32 - 1,
  }
  const publicKey = Uint8Array.of(1, 2, 255)
  await createPasskey(db, { ...passkey, publicKey, synced: true, createdAt: 1, usedAt: null })
  await putRecoveryCodes(db, userId, [Uint8Array.of(7, 0, 255)])
}

async function documentOf({ catalog }: TestKernel): Promise<string> {
  const head = { schema: schemaNow, exportedAt: 1_790_000_000_000 }
  return await catalog.readAsOfNow(async (db) =>
    (await Array.fromAsync(encodeExport(head, exportRows(db, 0), seal))).join(''),
  )
}

/** In pieces of an odd length, as a disk gives them. */
async function read(text: string, by = seal): Promise<(readonly [string, StoredRow])[]> {
  const bytes = new TextEncoder().encode(text)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 4_099) yield bytes.subarray(at, at + 4_099)
  }
  return await Array.fromAsync((await decodeExport(linesOf(pieces()), by)).rows)
}

test('E6: every table of the catalog is exported, or left out by decision', async () => {
  await using kernel = await makeTestKernel()
  const { rows } = await sql<{ name: string }>`select name from sqlite_master
    where type = 'table' and name not in ('schema_migrations') and name not like 'sqlite%'`.execute(
    kernel.catalog.db,
  )
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  const decided = new Set<string>([...exportedTables.map(({ name }) => name), ...tablesLeftOut])
  deepEqual(rows.map(({ name }) => camel(name)).toSorted(), [...decided].toSorted())
})

test('E6: an export read into an empty catalog gives the same export', async () => {
  await using before = await filled()
  await using after = await makeTestKernel()
  const document = await documentOf(before)
  const count = await after.catalog.db.transaction().execute(async (trx) => {
    async function* rows() {
      yield* await read(document)
    }
    return await importRows(trx, rows())
  })
  ok(count > 800, `${count} rows`)
  equal(digestIn(await documentOf(after)), digestIn(document))
  equal((await findPasskey(after.catalog.db, 'of first'))?.counter, 2 ** 32 - 1)
})

/** Of all rows. The seal is another each time. */
function digestIn(document: string): string {
  return /"sha256":"([0-9a-f]{64})"/.exec(document)?.[1] ?? 'none'
}

test('E6: the export is of one instant, and keeps nobody from writing', async () => {
  await using kernel = await filled()
  const { catalog } = kernel
  const seen = await catalog.readAsOfNow(async (db) => {
    const names: string[] = []
    for await (const [table, row] of exportRows(db, 0)) {
      if (table === 'accounts' && names.length === 0) await addAccount(catalog, 'third')
      if (table === 'accounts') names.push(String(row['name']))
    }
    return names
  })
  deepEqual(seen.toSorted(), ['first', 'second'])
  equal((await documentOf(kernel)).includes('"name":"third"'), true)
})

test('E6: an export that is cut off, changed, or sealed by somebody else is refused', async () => {
  await using kernel = await filled()
  const document = await documentOf(kernel)
  ok((await read(document)).length > 0)
  const lines = document.trimEnd().split('\n')
  const damaged = { code: 'export.damaged' }
  await rejects(read(''), damaged)
  await rejects(read(document.slice(0, -2)), damaged)
  await rejects(read(`${lines.slice(0, -1).join('\n')}\n`), damaged)
  await rejects(read(document.replace('web-7', 'web-8')), damaged)
  await rejects(read(lines.toSpliced(5, 1).join('\n').concat('\n')), damaged)
  await rejects(read(`${document}["users",{}]\n`), damaged)
  await rejects(read(document.replace('catalog export', 'something else')), damaged)
  await rejects(read(document, foreign), { code: 'server-keys.other' })
})
