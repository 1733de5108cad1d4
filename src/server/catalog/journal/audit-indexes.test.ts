import { match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { makeTestKernel } from '../../kernel.fixture.ts'
import { type AuditFilter, selectAudit } from './audit-log.ts'

test('a filter of the audit log that matches nothing reads nothing, and sorts nothing (H6)', async () => {
  await using kernel = await makeTestKernel()
  const { db } = kernel.catalog
  const planOf = async (filter: Partial<AuditFilter>) => {
    const rows = await selectAudit(db, { accountId: null, ...filter })
      .orderBy('sequence', 'desc')
      .limit(51)
      .explain<{ readonly detail: string }>(undefined, sql`query plan`)
    return rows.map(({ detail }) => detail).join('; ')
  }
  const ways = {
    caller: /\(chain=\? AND caller=\?\)/,
    callerName: /\(chain=\? AND caller_name=\?\)/,
    action: /\(chain=\? AND action=\?\)/,
  }
  for (const [name, way] of Object.entries(ways)) {
    for (const time of [{}, { from: 1, before: 2 }]) {
      const plan = await planOf({ [name]: 'x', ...time })
      match(plan, way)
      ok(!plan.includes('TEMP B-TREE'), plan)
    }
  }
})
