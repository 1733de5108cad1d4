import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { routes, writeAnswer } from '#contract'
import { type AuditEvent, addAuditEvent } from '../../catalog/journal/audit-log.ts'
import type { ByteReply } from '../../handler.ts'
import { contextOf } from '../../kernel.fixture.ts'
import { type AccessWorld, makeAccessWorld } from './access.fixture.ts'

const hostile = '=cmd|"/c calc"!A1,\u202e<img onerror=x>\u001b]0;\u0007'

async function add({ kernel, owner }: AccessWorld, facts: Partial<AuditEvent> = {}): Promise<void> {
  await addAuditEvent(kernel.catalog.db, {
    id: kernel.catalog.newId('audit'),
    at: kernel.wallMs(),
    accountId: owner.accountId,
    caller: owner.userId,
    callerName: 'Ada',
    address: '::ffff:192.0.2.7',
    action: 'users.update',
    target: owner.userId,
    result: 'done',
    detail: { requestId: 'r-1', as: 'owner' },
    ...facts,
  })
}
async function list({ handlers, owner }: AccessWorld, query = {}) {
  const page = await handlers.audit.list({ path: {}, query, body: undefined }, contextOf(owner))
  // What the listener does with it: an entry that does not fit the contract is a bug.
  writeAnswer(routes.audit.list, page)
  return page
}
async function csv({ handlers, owner }: AccessWorld, query = {}) {
  const call = { path: {}, query, body: undefined }
  const reply = await handlers.audit.csv(call, contextOf(owner))
  assert.ok(typeof reply !== 'string')
  return { fileName: reply.fileName, text: await textOf(reply) }
}
async function textOf({ content }: ByteReply): Promise<string> {
  let text = ''
  for await (const bytes of content) text += Buffer.from(bytes).toString()
  return text
}

test('an entry has the files that were taken out, line by line', async () => {
  await using world = await makeAccessWorld()
  const paths = '/etc/hosts\n/srv/a b'
  await add(world, { detail: { requestId: 'r-1', as: 'owner', paths, pathCount: 2 } })
  await add(world, { detail: { requestId: 'r-2', as: 'owner', paths: '' } })
  const { items } = await list(world)
  assert.deepEqual(
    items.slice(0, 2).map((entry) => entry.paths),
    [undefined, paths],
  )
})

test('the log is shown newest first, as the contract says, whatever stands in it (A18, H6)', async () => {
  await using world = await makeAccessWorld()
  await add(world)
  await add(world, {
    callerName: hostile,
    address: 'not an\u0000 address',
    target: `${'x'.repeat(127)}🦊`,
    result: 'refused',
    detail: { requestId: '', as: 'nobody', code: 'auth.forbidden' },
  })
  await add(world, { callerName: '', target: '', action: '', address: 'fe80::1%eth0', detail: {} })
  const { items } = await list(world)
  const [bare, odd, plain, signIn] = items
  assert.deepEqual(
    [bare?.who, bare?.action, bare?.object, bare?.requestId],
    ['-', '-', undefined, '-'],
  )
  assert.equal(odd?.from, undefined)
  assert.equal(odd?.problem, 'auth.forbidden')
  assert.equal(odd?.caller, 'public')
  assert.equal(/[\u0000-\u001f\u202e]/.test(odd?.who ?? ''), false)
  assert.deepEqual(
    [plain?.caller, plain?.from, plain?.requestId],
    ['owner', '::ffff:192.0.2.7', 'r-1'],
  )
  assert.equal(signIn?.action, 'signIn.begin')
  assert.equal(items.length, 4)
})

test('the log is filtered by time, person, deed, object and result', async () => {
  await using world = await makeAccessWorld()
  const { kernel, owner } = world
  const start = kernel.wallMs()
  kernel.clock.advance(1_000)
  const bob = kernel.catalog.newId('user')
  const client = kernel.catalog.newId('client')
  await add(world, { callerName: 'Bob', caller: bob })
  kernel.clock.advance(1_000)
  await add(world, { result: 'refused', target: 'v-1', action: 'vaults.remove' })
  const count = async (query: object) => (await list(world, query)).items.length
  assert.deepEqual(
    await Promise.all(
      [
        {},
        { from: start + 1_000 },
        { until: start + 2_000 },
        { from: start + 1_000, until: start + 2_000 },
        { who: 'Bob' },
        { who: bob },
        { who: client },
        { who: 'command line' },
        { who: owner.userId },
        { action: 'vaults.remove' },
        { object: 'v-1' },
        { result: 'refused' },
        { who: 'nobody' },
      ].map(count),
    ),
    [3, 2, 2, 1, 1, 1, 0, 0, 2, 1, 1, 1, 0],
  )
})

test('nobody reads the log of another account (A22)', async () => {
  await using world = await makeAccessWorld()
  await add(world, { accountId: world.kernel.catalog.newId('account') })
  await add(world, { accountId: null })
  const { items } = await list(world)
  assert.deepEqual(
    items.map(({ action }) => action),
    ['signIn.begin'],
  )
  assert.equal((await csv(world)).text.split('\r\n').length, 3)
})

test('the table has every row once, over many pages, and no cell is a formula (A18)', async () => {
  await using world = await makeAccessWorld()
  await world.kernel.catalog.db.transaction().execute(async (trx) => {
    const within = {
      ...world,
      kernel: { ...world.kernel, catalog: { ...world.kernel.catalog, db: trx } },
    }
    for (let i = 0; i < 1_200; i++) await add(within, { target: `v-${i}` })
    await add(within, { callerName: hostile, detail: { requestId: '@x', as: 'owner' } })
  })
  const { fileName, text } = await csv(world)
  assert.match(fileName ?? '', /^audit-\d{4}-\d\d-\d\d\.csv$/)
  const rows = parseCsv(text)
  assert.equal(rows.length, 1 + 1 + 1_201)
  assert.deepEqual(rows[0]?.slice(0, 3), ['sequence', 'at', 'auditId'])
  const sequences = rows.slice(1).map(([sequence]) => Number(sequence))
  assert.deepEqual(
    sequences,
    Array.from({ length: 1_202 }, (_, i) => 1_202 - i),
  )
  const cells = rows.flat()
  assert.ok(cells.every((cell) => !/^[=+\-@\t\r]/.test(cell) || cell === '-'))
  assert.ok(cells.some((cell) => cell.startsWith("'=cmd|")))
})

test('a reader who goes away ends the reading', async () => {
  await using world = await makeAccessWorld()
  const call = { path: {}, query: {}, body: undefined }
  const signal = AbortSignal.abort()
  const reply = await world.handlers.audit.csv(call, contextOf(world.owner, { signal }))
  assert.ok(typeof reply !== 'string')
  await assert.rejects(textOf(reply), { name: 'AbortError' })
})

/** RFC 4180, read without the code that wrote it. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (const [, quoted, plain = '', end] of text.matchAll(cell)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

test('the chain is checked, and it is said where it breaks first and how (H6, A09)', async () => {
  await using world = await makeAccessWorld()
  const { kernel, handlers, owner } = world
  const verify = async () => {
    const call = { path: {}, query: {}, body: undefined }
    const verdict = await handlers.audit.verify(call, contextOf(owner))
    writeAnswer(routes.audit.verify, verdict)
    return verdict
  }
  for (let i = 0; i < 3; i++) await add(world)
  const whole = await verify()
  assert.equal(whole.break, undefined)
  assert.equal(whole.entryCount, 4)
  assert.match(whole.head, /^(?!0{64})[0-9a-f]{64}$/)
  await sql`drop trigger audit_log_no_update`.execute(kernel.catalog.db)
  await sql`update audit_log set caller_name = 'nobody' where sequence = 2`.execute(
    kernel.catalog.db,
  )
  assert.deepEqual((await verify()).break, { entry: 2, kind: 'changed' })
})
