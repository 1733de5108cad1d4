/**
 * What a client is told besides the jobs that it begins. Whoever orders something rings the doorbell of the instance
 * after the transaction in which it was ordered.
 */
import type { Assignment, ClientId } from '#contract'
import {
  addAssignment,
  type CatalogDb,
  findAssignment,
  type Job,
  type JsonRecord,
} from '../../catalog/index.ts'

/** Ends a job at the agent; false: it is told already. */
export async function addCancel(
  trx: CatalogDb,
  clientId: ClientId,
  jobId: Job['id'],
  now: number,
): Promise<boolean> {
  if ((await findAssignment(trx, { clientId, kind: 'cancel', jobId })) !== undefined) return false
  const content = { kind: 'cancel', jobId }
  await addAssignment(trx, {
    clientId,
    kind: 'cancel',
    jobId,
    attempt: null,
    content,
    createdAt: now,
  })
  return true
}

export type UpgradeOrder = Omit<
  Extract<Assignment, { readonly kind: 'upgrade' }>,
  'number' | 'kind'
>

/** The agent checks digest and signature with a key of its own (A21). */
export async function orderUpgrade(
  trx: CatalogDb,
  clientId: ClientId,
  order: UpgradeOrder,
  now: number,
): Promise<void> {
  const { version, build, sha256, signature } = order
  await addOnce(trx, clientId, { kind: 'upgrade', version, build, sha256, signature }, now)
}

export async function orderUninstall(
  trx: CatalogDb,
  clientId: ClientId,
  now: number,
): Promise<void> {
  await addOnce(trx, clientId, { kind: 'uninstall' }, now)
}

/** Asks what the machine is now: its volumes and databases. */
export async function orderFacts(trx: CatalogDb, clientId: ClientId, now: number): Promise<void> {
  await addOnce(trx, clientId, { kind: 'report-facts' }, now)
}

type OnceKind = 'upgrade' | 'uninstall' | 'report-facts'

async function addOnce(
  trx: CatalogDb,
  clientId: ClientId,
  content: JsonRecord & { readonly kind: OnceKind },
  now: number,
): Promise<void> {
  const { kind } = content
  const waiting = await findAssignment(trx, { clientId, kind })
  if (waiting !== undefined) return
  await addAssignment(trx, { clientId, kind, jobId: null, attempt: null, content, createdAt: now })
}
