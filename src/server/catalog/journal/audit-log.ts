/**
 * The audit log (H6): rows are added and never changed, which triggers of the database enforce. Each account has a chain of
 * its own: a row carries the hash of the row before it, so who edits or drops one, past the triggers, breaks the chain.
 */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { assert } from '#base'
import type { AccountId, AuditBreak, AuditId, AuditResult } from '#contract'
import { type Codec, codecOf, type JsonRecord, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage } from '../database/page.ts'
import { when } from '../database/search.ts'
import { transact } from '../database/transact.ts'

export type AuditEvent = {
  readonly id: AuditId
  readonly at: number
  /** Null: what concerns the whole server. */
  readonly accountId: AccountId | null
  /** Id of the user or client, or what else acted. */
  readonly caller: string
  /** Its name at that time: users are renamed and removed. */
  readonly callerName: string
  readonly address: string
  readonly action: string
  /** Id of what was acted on. */
  readonly target: string
  readonly result: AuditResult
  readonly detail: JsonRecord
}

export type AuditRecord = AuditEvent & {
  /** The account, or "server". */
  readonly chain: string
  /** From 1, without gaps. */
  readonly sequence: number
  /** Hash of the row before it; 64 zeros at the start. */
  readonly previous: string
  readonly hash: string
}

export type AuditHead = {
  readonly chain: string
  readonly sequence: number
  readonly hash: string
}

export type AuditRow = Stored<AuditRecord, 'detail', never>
const codec: Codec<AuditRecord, 'detail'> = codecOf<AuditRecord>()(['detail'])

const serverChain = 'server'
const beforeFirst = '0'.repeat(64)

/** In the caller's transaction when there is one: then what was done and its trace exist together or not at all. */
export async function addAuditEvent(db: CatalogDb, event: AuditEvent): Promise<AuditRecord> {
  const chain = event.accountId ?? serverChain
  return await transact(db, async (trx) => {
    await trx
      .insertInto('auditHeads')
      .values({ chain, sequence: 0, hash: beforeFirst })
      .onConflict((conflict) => conflict.column('chain').doNothing())
      .execute()
    // The update locks the head until the end of the transaction: rows of a chain are added one after the other.
    const head = await trx
      .updateTable('auditHeads')
      .set(({ eb }) => ({ sequence: eb('sequence', '+', 1) }))
      .where('chain', '=', chain)
      .returningAll()
      .executeTakeFirstOrThrow()
    const unhashed = { ...event, chain, sequence: head.sequence, previous: head.hash }
    const record: AuditRecord = { ...unhashed, hash: hashOf(unhashed) }
    await trx.insertInto('auditLog').values(codec.toRow(record)).execute()
    await trx
      .updateTable('auditHeads')
      .set({ hash: record.hash })
      .where('chain', '=', chain)
      .execute()
    return record
  })
}

export type AuditFilter = {
  readonly accountId: AccountId | null
  /** Id of who acted. */
  readonly caller?: string | undefined
  readonly callerName?: string | undefined
  readonly action?: string | undefined
  readonly target?: string | undefined
  readonly results?: readonly AuditResult[] | undefined
  readonly from?: number | undefined
  readonly before?: number | undefined
}

/** The newest first. */
export async function listAudit(
  db: CatalogDb,
  filter: AuditFilter,
  request: PageRequest,
): Promise<Page<AuditRecord>> {
  const page = await readPage(
    selectAudit(db, filter),
    {
      list: ['audit', filter],
      columns: ['sequence', 'id'],
      descends: true,
      positionOf: (row) => ({ value: row.sequence, id: row.id }),
    },
    request,
  )
  return mapPage(page, codec.fromRow)
}

export function selectAudit(db: CatalogDb, filter: AuditFilter) {
  const { caller, callerName, action, target } = filter
  const isNarrow = [caller, callerName, action, target].some((value) => value !== undefined)
  // Not the bare column: else the index by time is taken for the better one, and a wide time is the whole chain.
  const at = isNarrow ? sql<number>`+at` : sql<number>`at`
  return db
    .selectFrom('auditLog')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('chain', '=', filter.accountId ?? serverChain),
        ...when(filter.caller, (caller) => eb('caller', '=', caller)),
        ...when(filter.callerName, (name) => eb('callerName', '=', name)),
        ...when(filter.action, (action) => eb('action', '=', action)),
        ...when(filter.target, (target) => eb('target', '=', target)),
        ...when(filter.results, (results) => eb('result', 'in', results)),
        ...when(filter.from, (from) => eb(at, '>=', from)),
        ...when(filter.before, (before) => eb(at, '<', before)),
      ]),
    )
}

export type ChainProblem = { readonly sequence: number; readonly problem: AuditBreak }

const recordsPerRead = 500

/** Walks a chain from its start. Undefined: it is whole; else where it breaks first. */
export async function verifyAudit(
  db: CatalogDb,
  accountId: AccountId | null,
): Promise<ChainProblem | undefined> {
  const chain = accountId ?? serverChain
  const head = await findAuditHead(db, accountId)
  let at = { sequence: 0, hash: beforeFirst }
  for (;;) {
    const rows = await db
      .selectFrom('auditLog')
      .selectAll()
      .where('chain', '=', chain)
      .where('sequence', '>', at.sequence)
      .where('sequence', '<=', head.sequence)
      .orderBy('sequence')
      .limit(recordsPerRead)
      .execute()
    for (const record of rows.map(codec.fromRow)) {
      const problem = checkRecord(record, at)
      if (problem !== undefined) return { sequence: at.sequence + 1, problem }
      at = record
    }
    if (rows.length < recordsPerRead) break
    // SQLite answers at once: without this nobody else would be served before the end.
    await setImmediate()
  }
  return at.hash === head.hash ? undefined : { sequence: at.sequence + 1, problem: 'cut' }
}

/** The newest row: who remembers it elsewhere notices when the log is cut or rewritten as a whole. */
export async function findAuditHead(
  db: CatalogDb,
  accountId: AccountId | null,
): Promise<AuditHead> {
  const chain = accountId ?? serverChain
  const head = await db
    .selectFrom('auditHeads')
    .selectAll()
    .where('chain', '=', chain)
    .executeTakeFirst()
  return head ?? { chain, sequence: 0, hash: beforeFirst }
}

function checkRecord(
  record: AuditRecord,
  before: { readonly sequence: number; readonly hash: string },
): AuditBreak | undefined {
  if (record.sequence !== before.sequence + 1) return 'missing'
  if (record.previous !== before.hash) return 'misplaced'
  return record.hash === hashOf(record) ? undefined : 'changed'
}

/** The fields in one fixed order, so that both databases and every program agree. */
function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  assert(record.sequence > 0, 'rows of a chain are numbered from 1')
  const { chain, sequence, id, at, accountId, caller, callerName, address } = record
  const { action, target, result, detail, previous } = record
  const who = [chain, sequence, id, at, accountId, caller, callerName, address]
  const what = [action, target, result, JSON.stringify(detail), previous]
  return createHash('sha256')
    .update(JSON.stringify([...who, ...what]))
    .digest('hex')
}
