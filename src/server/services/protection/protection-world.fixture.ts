/** An account with a region and a vault that locks, its handlers, and machines whose clients are there. */
import { assert } from '#base'
import type { AccountId, ClientId, InstanceId, PlanId, Role, VaultId } from '#contract'
import { clientDefaults } from '../../catalog/instances/client-defaults.ts'
import { createClient, recordContacts } from '../../catalog/instances/clients.ts'
import type { Instance } from '../../catalog/instances/instances.ts'
import { type CatalogPlan, findPlan } from '../../catalog/plans/plans.ts'
import { addAccount, addInstance, addVault, regionId } from '../../catalog/world.contract.ts'
import type { CallContext } from '../../handler.ts'
import type { UserIdentity } from '../../identity.ts'
import { contextOf, makeTestKernel, type TestKernel } from '../../kernel.fixture.ts'
import { type ProtectionHandlers, protectionHandlers } from './index.ts'
import type { ClientPush } from './protection-ports.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export type ProtectionWorld = AsyncDisposable & {
  readonly kernel: TestKernel
  readonly accountId: AccountId
  readonly vaultId: VaultId
  readonly handlers: ProtectionHandlers
  readonly as: (role?: Role) => CallContext
  /** A machine with a client that was just heard. */
  readonly machine: (facts?: Partial<Instance>) => Promise<Machine>
  readonly hear: (machine: Machine) => Promise<void>
  readonly planOf: (id: CatalogPlan['id']) => Promise<CatalogPlan>
}

export type Machine = { readonly instanceId: InstanceId; readonly clientId: ClientId }

type WorldFacts = {
  readonly startsAt?: string
  readonly push?: ClientPush
  readonly kernel?: TestKernel
  /** Of the account. */
  readonly name?: string
  readonly clientVersion?: string
}

export async function makeProtectionWorld(given: WorldFacts = {}): Promise<ProtectionWorld> {
  const startsAt = Date.parse(given.startsAt ?? '2026-05-20T12:00:00Z')
  const kernel = given.kernel ?? (await makeTestKernel({ startsAt }))
  const { catalog } = kernel
  const accountId = await addAccount(catalog, given.name ?? 'first')
  const vaultId = await addVault(catalog, accountId, 'main')
  const handlers = protectionHandlers(kernel, {
    push: given.push,
    installCommand: (code, host) => `install ${code} from ${host}`,
    clientVersion: async () => given.clientVersion,
  })
  const hear = async ({ clientId }: Machine) => {
    const contact = { clientId, process: 'p', version: '1.0.0', heardAt: kernel.wallMs() }
    await recordContacts(catalog.db, [contact])
  }
  let machines = 0
  return {
    kernel,
    accountId,
    vaultId,
    handlers,
    as: (role = 'owner') => contextOf(userIn(kernel, accountId, role)),
    hear,
    async machine(facts = {}) {
      const now = kernel.wallMs()
      const name = `web-${++machines}`
      const { id } = await addInstance(catalog, accountId, { name, ...facts })
      const clientId = catalog.newId('client')
      await createClient(catalog.db, {
        id: clientId,
        ...clientDefaults,
        accountId,
        regionId,
        instanceId: id,
        identity: new Uint8Array([machines, 1]),
        version: '1.0.0',
        status: 'ACTIVATED',
        heardAt: now,
        settings: {},
        createdAt: now,
        updatedAt: now,
      })
      return { instanceId: id, clientId }
    },
    async planOf(id) {
      const plan = await findPlan(catalog.db, id)
      assert(plan !== undefined, 'the plan is there')
      return plan
    },
    [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
  }
}

function userIn(kernel: TestKernel, accountId: AccountId, role: Role): UserIdentity {
  return {
    kind: 'user',
    userId: kernel.catalog.newId('user'),
    accountId,
    role,
    name: role,
    tokenId: kernel.catalog.newId('token'),
    scopes: undefined,
    isServerAccount: false,
  }
}

/** Activates Essential backup on a machine whose client is there. */
export async function activated(world: ProtectionWorld, machine: Machine): Promise<PlanId> {
  const body = { instanceIds: [machine.instanceId] }
  const { results } = await world.handlers.instances.activate(call({ body }), world.as())
  const planId = results[0]?.planId
  assert(planId !== undefined, 'the machine can be activated')
  return planId
}

/** A call as the listener hands it over. */
export function call<Path, Query, Body>(parts: {
  readonly path?: Path
  readonly query?: Query
  readonly body?: Body
}) {
  return {
    path: parts.path ?? ({} as Path),
    query: parts.query ?? ({} as Query),
    body: parts.body as Body,
  }
}
