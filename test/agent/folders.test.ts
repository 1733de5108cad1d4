// A21: folders are shown to who restores, as the local policy of the machine says, over the real channel. Nothing is kept.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ByteString, byteStringFromText as text } from '#base'
import { until } from '../fleet/until.ts'
import { backupOf, openWorld, type World } from './agent-world.ts'
import { StandIn } from './stand-in.ts'

function setPolicy(world: World, policy: object): void {
  writeFileSync(join(world.folder, 'agent.json'), JSON.stringify(policy), { mode: 0o600 })
}

async function ask(server: StandIn, path: ByteString) {
  const number = server.assign({ kind: 'list-folder', path })
  return await until('an answer', () => {
    const answer = server.messages('folder').find(({ assignment }) => assignment === number)
    if (answer !== undefined) return { names: answer.names, isWhole: answer.isWhole }
    const refusal = server.messages('refused').find(({ assignment }) => assignment === number)
    return refusal?.problem.code
  })
}

test('A21: what the policy lets a restore reach is named; the rest of the machine is not, and no file is', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const at = (...names: string[]) => text(join(world.folder, ...names))
  for (const name of ['srv/open', 'srv/denied', 'private']) {
    mkdirSync(join(world.folder, name), { recursive: true })
  }
  writeFileSync(join(world.folder, 'srv', 'file'), '')
  symlinkSync(join(world.folder, 'private'), join(world.folder, 'srv', 'out'))
  setPolicy(world, {
    restoreRoots: [join(world.folder, 'srv')],
    restoreDenied: [join(world.folder, 'srv', 'denied')],
  })
  deepEqual(await ask(server, at('srv')), { names: ['open'], isWhole: true })
  deepEqual(await ask(server, at()), { names: ['srv'], isWhole: true })
  equal(await ask(server, at('private')), 'agent.policy-refused')
  equal(await ask(server, at('srv', 'denied')), 'agent.policy-refused')
  equal(await ask(server, at('srv', 'out')), 'agent.policy-refused')
  equal(await ask(server, at('srv', 'none')), 'target.not-found')
  equal(await ask(server, at('srv', 'file')), 'target.not-folder')
  // The policy counts anew for every question.
  setPolicy(world, { allow: { restores: false } })
  equal(await ask(server, at('srv')), 'agent.policy-refused')
  setPolicy(world, { allow: 'all' })
  equal(await ask(server, at('srv')), 'agent.policy-unusable')
})

test("A21: the client's own folders are not named, and no question is a job", async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  mkdirSync(join(world.folder, 'open'))
  deepEqual(await ask(server, text(world.folder)), { names: ['open'], isWhole: true })
  equal(await ask(server, text(world.state.path)), 'agent.policy-refused')
  deepEqual(await world.state.list('jobs'), [])
  equal(server.messages('accepted').length, 0)
  ok(server.messages('heartbeat').every(({ running }) => running.length === 0))
})

test('an agent goes on with a server of before, which knows nothing of later words', async () => {
  await using server = await StandIn.start()
  server.isOld = true
  await using _world = await openWorld(server)
  const number = server.assign(backupOf(1))
  await server.message('accepted', ({ assignment }) => assignment === number)
  await server.message('result')
})
