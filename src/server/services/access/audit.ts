/** The audit log (H6) for people: pages, and a table for other programs. Each account reads its own. */
import { type AuditEntry, type AuditId, callers, ids, pageItemsMax } from '#contract'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import {
  type AuditFilter,
  type AuditRecord,
  findAuditHead,
  listAudit,
  verifyAudit,
} from '../../catalog/journal/audit-log.ts'
import { csvLine } from '../../csv.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, type Identity } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageRequestOf } from '../../list-page.ts'

/** What acts without an account, on the host of the server. */
const commandLine = 'command line'

type AuditQuery = Parameters<HandlersOf<'audit'>['csv']>[0]['query']

export function auditHandlers(kernel: ServerKernel): HandlersOf<'audit'> {
  const { db } = kernel.catalog
  return {
    list: async ({ query }, { identity }) => {
      const page = await listAudit(db, filterOf(identity, query), pageRequestOf(query))
      return { items: page.items.map(auditEntry), next: page.next }
    },
    csv: async ({ query }, { identity, signal }) => {
      const now = kernel.wallMs()
      const day = new Date(now).toISOString().slice(0, 10)
      const content = auditTable(db, filterOf(identity, query), signal)
      return { content, media: 'text/csv', fileName: `audit-${day}.csv` }
    },
    verify: async (_, { identity }) => {
      const accountId = accountOf(identity)
      const { sequence, hash } = await findAuditHead(db, accountId)
      const problem = await verifyAudit(db, accountId)
      return {
        entryCount: sequence,
        head: hash,
        ...(problem === undefined
          ? {}
          : { break: { entry: problem.sequence, kind: problem.problem } }),
      }
    },
  }
}

function filterOf(identity: Identity, query: AuditQuery): AuditFilter {
  const { from, until: before, who, action, object: target, result } = query
  const results = result === undefined ? undefined : [result]
  const by = who === undefined ? {} : isIdOfCaller(who) ? { caller: who } : { callerName: who }
  return { accountId: accountOf(identity), from, before, ...by, action, target, results }
}

/** Whoever is called as somebody else's id hides nothing: an id is that of who acted. */
function isIdOfCaller(who: string): boolean {
  const ofKind = [ids.user, ids.client].some((schema) => schema.safeParse(who).success)
  return ofKind || who === commandLine
}

const columns = [
  'sequence',
  'at',
  'auditId',
  'caller',
  'callerId',
  'who',
  'from',
  'action',
  'object',
  'result',
  'problem',
  'requestId',
  'detail',
  'previous',
  'hash',
] as const

/** The newest first, page by page: whoever reads slowly costs no memory. */
async function* auditTable(
  db: CatalogDb,
  filter: AuditFilter,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const text = new TextEncoder()
  yield text.encode(csvLine(columns))
  let cursor: string | undefined
  do {
    signal.throwIfAborted()
    const page = await listAudit(db, filter, { limit: pageItemsMax, cursor })
    yield text.encode(page.items.map((record) => csvLine(cellsOf(record))).join(''))
    cursor = page.next
  } while (cursor !== undefined)
}

function cellsOf(record: AuditRecord): readonly string[] {
  const { auditId, at, caller, who, action, result, requestId, ...entry } = auditEntry(record)
  const { from = '', object = '', problem = '' } = entry
  return [
    String(record.sequence),
    new Date(at).toISOString(),
    auditId,
    caller,
    record.caller,
    who,
    from,
    action,
    object,
    result,
    problem,
    requestId,
    JSON.stringify(record.detail),
    record.previous,
    record.hash,
  ]
}

/** A record as the contract shows it: what is not fit to be seen in it is not shown, and never fails the list. */
export function auditEntry(record: AuditRecord): AuditEntry {
  const { detail } = record
  const from = hostPattern.test(record.address) ? record.address : undefined
  const object = shown(record.target, 128)
  const { code, paths } = detail
  return {
    auditId: record.id satisfies AuditId,
    at: record.at,
    caller: callers.find((word) => word === detail['as']) ?? 'public',
    who: shown(record.callerName, 254) ?? '-',
    ...(from === undefined ? {} : { from }),
    action: shown(record.action, 64) ?? '-',
    ...(object === undefined ? {} : { object }),
    result: record.result,
    ...(typeof code === 'string' ? { problem: code } : {}),
    ...(typeof paths === 'string' && paths !== '' ? { paths } : {}),
    requestId: shown(String(detail['requestId'] ?? ''), 64) ?? '-',
  }
}

const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/

/** One line of what can be seen (A18); undefined when nothing is left. */
function shown(text: string, charactersMax: number): string | undefined {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
    .trim()
    .slice(0, charactersMax)
    .toWellFormed()
    .trim()
  return line === '' ? undefined : line
}
