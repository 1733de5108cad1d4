import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import type { JsonRecord } from '../../catalog/database/codec.ts'
import { clientDefaults } from '../../catalog/instances/client-defaults.ts'
import { createClient, listClientsOf, updateClient } from '../../catalog/instances/clients.ts'
import type { Instance } from '../../catalog/instances/instances.ts'
import { addAccount, addInstance as addInstanceTo } from '../../catalog/world.contract.ts'
import { makeTestKernel, type TestKernel } from '../../kernel.fixture.ts'
import { clientPush } from './client-push.ts'
import type { PushRequest } from './push-install.ts'
import type { LoginSecret } from './remote-machine.ts'

const ssh = { host: '192.0.2.9', user: 'root', keyName: 'ops', hostKeyDigest: 'ab'.repeat(32) }
const secret: LoginSecret = { kind: 'key', privateKey: 'KEY' }
const code = '7QK2M-4TD93-XAP0Z-B1C2D'
const { signal } = new AbortController()

test('a push begins with the access of the record and the key of the configuration (A2)', async () => {
  await using kernel = await makeTestKernel()
  const instance = await addInstance(kernel, { ssh })
  const asked: PushRequest[] = []
  const push = clientPush({
    kernel,
    findSecret: (name) => (name === 'ops' ? secret : undefined),
    installer: {
      check: neverAsked,
      install(request) {
        asked.push(request)
        return neverAsked()
      },
    },
  })
  equal(await push.canReach(instance), true)
  const host = 'backup.example.com:8443'
  await push.begin({ instance, code, host }, signal)
  deepEqual(asked, [{ access: { ...ssh, secret }, code, host }])
})

test('what went wrong stands in the status of the client (A5)', async () => {
  await using kernel = await makeTestKernel()
  const instance = await addInstance(kernel, { ssh })
  const failed = failure('push.login-refused', { address: '192.0.2.9', user: 'root' })
  const events = kernel.events.watch(instance.accountId, signal)
  const next = events.next()
  await begin(kernel, instance, failed)
  equal((await next).value?.kind, 'instance.status')
  const client = await clientOf(kernel, instance)
  equal(client?.status, 'INSTALL_FAILED')
  equal(client?.problemCode, 'client.install-failed')
  equal(client?.problem, failed.message.replace(/\.$/, ''))
})

test('a client that was heard from meanwhile was installed, whatever the push says', async () => {
  await using kernel = await makeTestKernel()
  const instance = await addInstance(kernel, { ssh })
  const client = await clientOf(kernel, instance)
  if (client !== undefined)
    await updateClient(kernel.catalog.db, client.id, { status: 'ACTIVATED' })
  await begin(kernel, instance, failure('push.late'))
  equal((await clientOf(kernel, instance))?.status, 'ACTIVATED')
})

test('without an access there is no way, and a key that is not configured is named', async () => {
  await using kernel = await makeTestKernel()
  const push = clientPush({
    kernel,
    findSecret: () => undefined,
    installer: { check: neverAsked, install: neverAsked },
  })
  const [without, broken, unknown] = [
    await addInstance(kernel, {}),
    await addInstance(kernel, { ssh: { ...ssh, host: '-oProxyCommand=reboot' } }),
    await addInstance(kernel, { ssh }),
  ]
  equal(await push.canReach(without), false)
  equal(await push.canReach(broken), false, 'text that could be an option is no host (A20)')
  await rejects(push.begin({ instance: without, code, host: undefined }, signal), {
    code: 'agent.unreachable',
  })
  await rejects(push.begin({ instance: unknown, code, host: undefined }, signal), {
    code: 'push.key-unknown',
  })
})

async function begin(kernel: TestKernel, instance: Instance, problem: Error): Promise<void> {
  const done = Promise.withResolvers<void>()
  const push = clientPush({
    kernel: { ...kernel, log: { ...kernel.log, warn: () => done.resolve() } },
    findSecret: () => secret,
    installer: { check: neverAsked, install: () => Promise.reject(problem) },
  })
  await push.begin({ instance, code, host: undefined }, signal)
  await done.promise
}

/** With a client that is being installed. */
async function addInstance(kernel: TestKernel, settings: JsonRecord): Promise<Instance> {
  const { catalog } = kernel
  const accountId = await addAccount(catalog, catalog.newId('account'))
  const instance = await addInstanceTo(catalog, accountId, { name: 'web-1' })
  const now = kernel.wallMs()
  await createClient(catalog.db, {
    id: catalog.newId('client'),
    ...clientDefaults,
    status: 'INSTALLING',
    accountId,
    regionId: instance.regionId,
    instanceId: instance.id,
    settings,
    createdAt: now,
    updatedAt: now,
  })
  return instance
}

async function clientOf({ catalog }: TestKernel, { id }: Instance) {
  return (await listClientsOf(catalog.db, [id])).get(id)
}

function neverAsked(): Promise<never> {
  return new Promise(() => undefined)
}
