/**
 * What a client is told besides the jobs that it begins. The rows of jobs and of clients say what is wanted (a job that is
 * to be cancelled, a client that is UPGRADING); here it becomes an assignment, once.
 */
import type { Assignment, ClientId } from '#contract'
import {
  addAssignment,
  type CatalogDb,
  findAssignment,
  type Job,
  type JsonRecord,
  type OpenJob,
  transact,
  updateChannel,
  updateClient,
} from '../../catalog/index.ts'
import { jobProblem } from '../jobs/job-problem.ts'
import type { AgentService } from './agent-service.ts'
import type { KnownAgent } from './known-agents.ts'

/** Ends a job at the agent; false: it is told already. */
export async function addCancel(
  trx: CatalogDb,
  clientId: ClientId,
  jobId: Job['id'],
  now: number,
): Promise<boolean> {
  if ((await findAssignment(trx, { clientId, kind: 'cancel', jobId })) !== undefined) return false
  const content = { kind: 'cancel', jobId } as const
  const head = { clientId, kind: 'cancel', jobId, attempt: null, createdAt: now } as const
  await addAssignment(trx, { ...head, content })
  return true
}

/** Asks what the machine is now: its volumes and databases. */
export async function orderFacts(trx: CatalogDb, clientId: ClientId, now: number): Promise<void> {
  const waiting = await findAssignment(trx, { clientId, kind: 'report-facts' })
  if (waiting === undefined) await add(trx, clientId, { kind: 'report-facts' }, now)
}

/** Makes assignments of what the rows want of the client. */
export async function addDueOrders(
  service: AgentService,
  agent: KnownAgent,
  open: readonly OpenJob[],
): Promise<void> {
  const { db } = service.kernel.catalog
  const now = service.kernel.wallMs()
  for (const { id, state, cancelRequestedAt } of open) {
    if (state !== 'RUNNING' || cancelRequestedAt === null) continue
    await transact(db, (trx) => addCancel(trx, agent.clientId, id, now))
  }
  if (agent.status === agent.orderedStatus) return
  if (agent.status === 'UNINSTALLING') return await orderUninstall(service, agent)
  if (agent.status === 'UPGRADING') return await orderUpgrade(service, agent)
}

async function orderUninstall({ kernel, known }: AgentService, agent: KnownAgent): Promise<void> {
  const { clientId } = agent
  await transact(kernel.catalog.db, async (trx) => {
    await add(trx, clientId, { kind: 'uninstall' }, kernel.wallMs())
    await updateChannel(trx, clientId, { orderedStatus: 'UNINSTALLING' })
  })
  known.note(agent, { orderedStatus: 'UNINSTALLING' })
}

/** The agent checks digest and signature with a key of its own (A21). */
async function orderUpgrade(service: AgentService, agent: KnownAgent): Promise<void> {
  const { kernel, known, ports } = service
  const { clientId } = agent
  const now = kernel.wallMs()
  const manifest = await ports.builds?.manifest()
  const wanted = `${agent.system}-${agent.architecture}`
  const build = manifest?.builds.find((one) => one.build === wanted)
  await transact(kernel.catalog.db, async (trx) => {
    if (manifest === undefined || build === undefined) {
      const version = manifest?.version ?? 'a newer version'
      const problem = `this server has no client for ${wanted}`
      const failed = jobProblem('upgrade.refused', { version, problem })
      const change = { ...failed, status: 'UPGRADE_FAILED', updatedAt: now } as const
      await updateClient(trx, clientId, change, ['UPGRADING'])
      return
    }
    const { sha256, signature } = build
    const content = { kind: 'upgrade', version: manifest.version, build: build.build } as const
    await add(trx, clientId, { ...content, sha256, signature }, now)
    await updateChannel(trx, clientId, { orderedStatus: 'UPGRADING' })
  })
  known.note(
    agent,
    build === undefined ? { status: 'UPGRADE_FAILED' } : { orderedStatus: 'UPGRADING' },
  )
}

type Content = JsonRecord & { readonly kind: Exclude<Assignment['kind'], 'backup' | 'restore'> }

async function add(
  trx: CatalogDb,
  clientId: ClientId,
  content: Content,
  now: number,
): Promise<void> {
  const { kind } = content
  await addAssignment(trx, { clientId, kind, jobId: null, attempt: null, content, createdAt: now })
}
