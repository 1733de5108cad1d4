/**
 * Sign-ins in the audit log of the account (H6). When a call begins nobody is known yet, so the listener's own trace of it
 * goes to the log of the server, which accounts do not see.
 */
import type { AuditResult } from '#contract'
import type { Member } from '../../catalog/accounts/members.ts'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import { addAuditEvent } from '../../catalog/journal/audit-log.ts'
import type { CallContext } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'

export async function addSignInTrace(
  { catalog, wallMs }: ServerKernel,
  of: {
    readonly member: Member
    readonly context: CallContext
    readonly result: AuditResult
  },
  db: CatalogDb = catalog.db,
): Promise<void> {
  const { member, context, result } = of
  await addAuditEvent(db, {
    id: catalog.newId('audit'),
    at: wallMs(),
    accountId: member.accountId,
    caller: member.id,
    callerName: member.name,
    address: context.address,
    action: 'signIn.begin',
    target: member.id,
    result,
    detail: { requestId: context.requestId, as: result === 'done' ? member.role : 'public' },
  })
}
