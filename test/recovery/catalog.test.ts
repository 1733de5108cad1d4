// E6: the catalog of a server is deleted, and comes back from what is left: from the export in a vault, from the file
// beside the keys, from the labels and the points alone. Real processes; what is compared is what the API answers.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openAgentLink } from '#adapters/agent-link'
import { type ApiClient, openClient, routes } from '#contract'
import { listDifferences } from '../fidelity/outside-tools.ts'
import { runProgram } from '../fleet/process.ts'
import { until } from '../fleet/until.ts'
import { Fleet, type FleetAgent, needsRoot } from '../fleet/world.ts'

const skip = needsRoot
const password = 'a long enough password of a test'

function dataOf(fleet: Fleet): string {
  return join(fleet.folder, 'data')
}

function keptOf(fleet: Fleet): string {
  return join(dataOf(fleet), 'keys', 'catalog-export.json.zst')
}

function fill(text: string) {
  return (source: string) => {
    mkdirSync(join(source, 'letters'), { recursive: true })
    writeFileSync(join(source, 'letters', 'one.txt'), text.repeat(1_000))
    writeFileSync(join(source, 'numbers'), '1234567890')
  }
}

async function loseCatalog(fleet: Fleet): Promise<void> {
  await fleet.server.end('SIGKILL')
  for (const ending of ['', '-wal', '-shm'])
    rmSync(join(dataOf(fleet), `catalog.db${ending}`), { force: true })
}

function recover(fleet: Fleet) {
  const words = ['server', 'recover-catalog', '--data', dataOf(fleet)]
  return runProgram(words, { home: fleet.folder })
}

/** What people would miss. Without what changes by itself: when somebody was heard from, or comes next. */
async function listsOf(api: ApiClient, agents: readonly FleetAgent[]) {
  const { list } = api
  const users = await Array.fromAsync(list(routes.users.list, {}))
  const plans = await Array.fromAsync(list(routes.plans.list, {}))
  const vaults = await Array.fromAsync(list(routes.vaults.list, {}))
  const policies = await Array.fromAsync(list(routes.policies.list, {}))
  const instances = await Array.fromAsync(list(routes.instances.list, {}))
  const versions = await Promise.all(
    agents.map(({ instanceId }) =>
      Array.fromAsync(list(routes.versions.list, { path: { instanceId } })),
    ),
  )
  return {
    users: users.map(({ userId, name, email, role, status }) => [
      userId,
      name,
      email,
      role,
      status,
    ]),
    plans: plans.map(({ planId, instanceId, vaultId, status, retentionDays, priority }) => [
      planId,
      instanceId,
      vaultId,
      status,
      retentionDays,
      priority,
    ]),
    vaults: vaults.map(({ vaultId, name, state, lock }) => [vaultId, name, state, lock.state]),
    policies: policies.map(({ policyId, name, rules }) => [policyId, name, rules]),
    instances: instances.map(({ instanceId, name, state, protection }) => [
      instanceId,
      name,
      state,
      protection,
    ]),
    versions,
  }
}

test('E6: users, plans, vaults, instances and versions are the same after the catalog was deleted', {
  skip,
}, async (t) => {
  await using fleet = await Fleet.open()
  const { api } = fleet
  const one = await fleet.addAgent('one', { fill: fill('dear one ') })
  const two = await fleet.addAgent('two', { fill: fill('dear two ') })
  const agents = [one, two]
  for (const agent of agents) equal((await fleet.firstJob(agent)).state, 'COMPLETE')
  await api.call(routes.users.create, {
    body: { name: 'Bob', email: 'bob@example.com', role: 'auditor', password },
  })
  // At its start a server looks at once whether it is to be backed up.
  await fleet.server.end('SIGTERM')
  await fleet.startServer()
  await until('the server is backed up', () =>
    fleet.server.out.includes('the server was backed up') ? true : undefined,
  )
  // Newer than the export: only the vault knows of it.
  writeFileSync(join(one.source, 'new.txt'), 'new')
  equal((await fleet.backUp(one)).state, 'COMPLETE')
  const before = await listsOf(api, agents)
  equal(before.versions[0]?.length, 2)
  equal(before.users.length, 2)

  const comesBack = async (told: RegExp) => {
    const done = recover(fleet)
    equal(done.code, 0, done.err + done.out)
    match(done.out, told)
    await fleet.startServer()
    deepEqual(await listsOf(api, agents), before)
  }

  await t.test('a server does not begin anew beside its vaults', async () => {
    await loseCatalog(fleet)
    const words = ['server', 'run', '--data', dataOf(fleet), '--listen', '127.0.0.1:0']
    const refused = runProgram(words, { home: fleet.folder })
    equal(refused.code, 10, refused.out)
    match(refused.err, /recover-catalog/)
  })

  await t.test('with other keys nothing opens, and nothing is changed', async () => {
    const keys = join(dataOf(fleet), 'keys')
    renameSync(keys, `${keys}.away`)
    const missing = recover(fleet)
    equal(missing.code, 1)
    match(missing.err, /Put the folder of keys back/)
    // Keys of a server that is none of ours.
    rmSync(keys, { recursive: true, force: true })
    mkdirSync(keys, { mode: 0o700 })
    for (const name of ['authority.key', 'authority.crt', 'tls.key', 'tls.crt', 'installation.pem'])
      writeFileSync(join(keys, name), readFileSync(join(`${keys}.away`, name)), { mode: 0o600 })
    const master = `${randomBytes(32).toString('base64')}\n`
    writeFileSync(join(keys, 'master-0001.key'), master, { mode: 0o600 })
    const wrong = recover(fleet)
    equal(wrong.code, 1, wrong.out)
    match(wrong.err, /sealed by the master key .*, which this server does not have/)
    rmSync(keys, { recursive: true })
    renameSync(`${keys}.away`, keys)
  })

  await t.test('from the file beside the keys', async () => {
    await comesBack(/beside the keys/)
  })

  await t.test('from the export in the vault, when the file beside the keys is gone', async () => {
    await loseCatalog(fleet)
    rmSync(keptOf(fleet))
    await comesBack(/in the vault/)
  })

  await t.test(
    'from the export in the vault, when the file beside the keys is damaged',
    async () => {
      await until('the file is there again', () => existsSync(keptOf(fleet)) || undefined)
      await loseCatalog(fleet)
      const bytes = readFileSync(keptOf(fleet))
      writeFileSync(keptOf(fleet), bytes.subarray(0, bytes.length - 40))
      await comesBack(/cannot be used[\s\S]*in the vault/)
    },
  )

  await t.test('a job under way at the loss keeps no agent from working on', async () => {
    fleet.setPolicy(two, { limits: { bytesPerSecondMax: 200_000 } })
    writeFileSync(join(two.source, 'large'), randomBytes(4_000_000))
    const { jobId } = await fleet.runNow(two)
    await until('it runs', async () =>
      (await fleet.job(jobId)).state === 'RUNNING' ? true : undefined,
    )
    await loseCatalog(fleet)
    fleet.setPolicy(two, {})
    equal(recover(fleet).code, 0)
    await fleet.startServer()
    equal((await fleet.backUp(two)).state, 'COMPLETE')
  })

  await t.test('machines and people go on: a token, an agent, a restore', async () => {
    writeFileSync(join(two.source, 'more.txt'), 'more')
    equal((await fleet.backUp(two)).state, 'COMPLETE')
    const [version] = await fleet.versions(two)
    ok(version !== undefined)
    const target = join(fleet.folder, 'restored')
    mkdirSync(target)
    equal((await fleet.restore(version, one, target)).state, 'COMPLETE')
    deepEqual(listDifferences(two.source, target), [])
  })

  await t.test('a catalog that is there is not filled', async () => {
    await fleet.server.end('SIGTERM')
    const refused = recover(fleet)
    equal(refused.code, 1)
    match(refused.err, /has accounts already/)
  })
})

test('E6: without any export, vaults and their labels give back every version', {
  skip,
}, async () => {
  await using fleet = await Fleet.open()
  const lost = await fleet.addAgent('lost', { fill: fill('dear lost ') })
  equal((await fleet.firstJob(lost)).state, 'COMPLETE')
  const [before] = await fleet.versions(lost)
  await loseCatalog(fleet)
  rmSync(keptOf(fleet), { force: true })
  const done = recover(fleet)
  equal(done.code, 0, done.err)
  match(done.out, /no export that can be used/)

  await fleet.startServer()
  const api = await signUpAgain(fleet)
  const instances = await Array.fromAsync(api.list(routes.instances.list, {}))
  deepEqual(
    instances.map(({ instanceId, state }) => [instanceId, state]),
    [[lost.instanceId, 'RELEASED']],
  )
  const path = { instanceId: lost.instanceId }
  const [version] = await Array.fromAsync(api.list(routes.versions.list, { path }))
  equal(version?.versionId, before?.versionId)
  deepEqual(
    version?.points.map(({ pointId }) => pointId),
    before?.points.map(({ pointId }) => pointId),
  )
  // C6 was a word of the plan, which is lost: the newest version stays until a person says otherwise.
  deepEqual(
    version?.points.map(({ holds }) => holds.length),
    [1],
  )
})

/** As the first administrator, by the code that the server prints while it has no user. */
async function signUpAgain(fleet: Fleet): Promise<ApiClient> {
  const setupCode = /"setupCode":"([^"]+)"/.exec(fleet.server.out)?.[1]
  ok(setupCode !== undefined, fleet.server.out)
  const link = openAgentLink({ trust: { kind: 'fingerprint', sha256: fleet.fingerprint } })
  const headers: Record<string, string> = {}
  const api = openClient({
    address: fleet.address,
    async fetch(address, init) {
      const answer = await link.fetch(address, init)
      const [cookie] = answer.headers.getSetCookie()
      if (cookie !== undefined) headers['cookie'] = cookie.split(';')[0] ?? ''
      return answer
    },
    newKey: () => randomUUID(),
    headers: () => headers,
  })
  const first = { name: 'Ada', email: 'ada@example.com', accountName: 'home', password }
  await api.call(routes.setup.firstAdministrator, { body: { ...first, setupCode } })
  return api
}
