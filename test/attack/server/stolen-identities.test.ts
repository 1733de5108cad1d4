// A02 and A22: what whoever stole the identity of an agent, a token or a cookie can do with it, and for how long.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { request } from 'node:https'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { routeList } from '#contract'
import { credentials, type Said } from '../../../src/server/http/listener-world.contract.ts'
import { addressOf, sampleCalls } from '../../../src/server/http/sample-calls.contract.ts'
import { addRawAgent } from './attack-agent.ts'
import { type AttackWorld, openAttackWorld, password } from './attack-world.ts'
import { makeLockScene } from './lock-scene.ts'

test('a stolen identity calls nothing but its own routes; a second machine is alarmed; revoked, it is over at once (A02)', async () => {
  await using world = await openAttackWorld()
  const scene = await makeLockScene(world, 'off')
  const { agent } = scene
  for (const named of routeList) {
    const { callers } = named.route.class
    if (callers.includes('agent') || callers.includes('public')) continue
    const [call] = sampleCalls(named, scene.ids)
    if (call === undefined) continue
    const more = call.body === undefined ? {} : { body: call.body }
    const said = await agent.ask(named.route.method, addressOf(named, call), more)
    deepEqual([said.status, said.code], [403, 'auth.forbidden'], named.name)
  }
  const elsewhere = await agent.beat({ machine: 'cd'.repeat(32) })
  equal(elsewhere.code, 'agent.other-machine')
  match(await alarmsOf(world), /fingerprint/)
  // A twin on a copy of the machine: each takes the other's place, and the one before speaks on.
  const twin = 'ee'.repeat(32)
  equal((await agent.say([beatOf(agent.machine)], { startId: twin })).status, 202)
  world.clock.advance(3_700_000)
  equal((await agent.beat()).code, 'agent.other-machine')
  match(await alarmsOf(world), /two processes/)
  const poll = `/api/v1/agent/assignments?startId=${twin}&after=`
  // What waits for it is given at once; then it waits.
  equal((await agent.ask('GET', `${poll}0`)).status, 200)
  const polling = agent.ask('GET', `${poll}1000&waitSeconds=60`).catch((problem: Error) => problem)
  await delay(300)
  const from = performance.now()
  const path = `/api/v1/instances/${agent.instanceId}/revoke-client`
  await world.must('POST', path, world.as('administrator'))
  const ended = await polling
  ok(performance.now() - from < 5_000, 'what was under way ended')
  const left = world.server.listener.disconnectClient(agent.clientId)
  equal(left, 0, 'no connection of it is left')
  ok(ended instanceof Error || ended.code === 'agent.revoked', JSON.stringify(ended))
  for (const route of ['/api/v1/agent/assignments?after=0', '/api/v1/instances'])
    equal((await askAnew(() => agent.ask('GET', route))).code, 'agent.revoked', route)
  equal((await agent.beat()).code, 'agent.revoked')
})

/** Over a connection that was not cut. */
async function askAnew(call: () => Promise<Said>): Promise<Said> {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (problem) {
      if (tries === 10) throw problem
    }
  }
}

function beatOf(machine: string) {
  return { kind: 'heartbeat', machine, clientVersion: '1.0.0', status: 'ACTIVATED', running: [] }
}

async function alarmsOf(world: AttackWorld): Promise<string> {
  const { items } = await world.must('GET', '/api/v1/alerts?kind=KEY_EVENT', world.as('auditor'))
  return JSON.stringify(items)
}

test('cookies end with their password, tokens with their user, and roles count from the next call (A22)', async () => {
  await using world = await openAttackWorld()
  const { people } = world.mine
  const owner = world.as('owner')
  const me = (as: object) => world.ask('GET', '/api/v1/me', as)
  const signIn = async (given: string) => {
    const body = { email: 'owner@other.example', password: given }
    const said = await world.ask('POST', '/api/v1/sign-in', { body })
    return /__Host-holdfast=([^;]+)/.exec(String(said.headers['set-cookie']))?.[1] ?? ''
  }
  const [stolen, own] = [await signIn(password), await signIn(password)]
  const by = (cookie: string) => ({ cookie: { ...people.owner, cookie } })
  equal((await me(by(stolen))).status, 200)
  const change = { old: password, new: 'quiet-lantern-orbit-73' }
  equal((await world.ask('POST', '/api/v1/me/password', { ...by(own), body: change })).status, 204)
  deepEqual([(await me(by(stolen))).status, (await me(by(own))).status], [401, 200])
  const { administrator } = people
  const user = `/api/v1/users/${administrator.userId}`
  const byToken = { token: administrator.token }
  await world.must('PATCH', user, { ...owner, body: { role: 'auditor' } })
  const audited = await world.ask('POST', '/api/v1/policies', { ...byToken, body: {} })
  equal(audited.code, 'auth.forbidden')
  await world.must('PATCH', user, { ...owner, body: { status: 'DISABLED' } })
  deepEqual([(await me(byToken)).status, (await me({ cookie: administrator })).status], [401, 401])
  await world.must('PATCH', user, { ...owner, body: { status: 'ACTIVE' } })
  await world.must('PUT', `${user}/password`, { ...owner, body: { password: change.new } })
  deepEqual([(await me(byToken)).status, (await me({ cookie: administrator })).status], [401, 401])
  // A cookie without the header that only its page knows, and a page of somebody else.
  const forged = { cookie: people.owner, body: { name: 'x' } }
  const csrf = { ...forged, headers: { 'holdfast-csrf': 'x' } }
  const region = '/api/v1/regions/default'
  equal((await world.ask('PATCH', region, csrf)).code, 'auth.csrf')
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    equal((await world.ask('PATCH', region, { ...forged, headers })).code, 'auth.cross-site')
})

test('a stream of events tells nothing of other accounts, also under a region of theirs (A22)', async () => {
  await using world = await openAttackWorld()
  const heard: string[] = []
  const port = world.server.listener.address.port
  const endings: (() => void)[] = []
  for (const query of ['', '?regionId=default']) {
    const listening = request({
      host: '127.0.0.1',
      port,
      ca: world.authority,
      path: `/api/v1/events${query}`,
      headers: credentials({ cookie: world.other.people.owner }, 'GET'),
    })
    listening.on('response', (answer) => answer.on('data', (bytes) => heard.push(String(bytes))))
    listening.on('error', () => {})
    listening.end()
    endings.push(() => listening.destroy())
  }
  await delay(300)
  const agent = await addRawAgent(world, world.mine, 'web-1')
  await agent.beat()
  const theirs = await addRawAgent(world, world.other, 'web-2')
  await theirs.beat()
  await delay(500)
  for (const end of endings) end()
  const text = heard.join('')
  ok(text.includes(theirs.instanceId), `the own ones are told: ${text.slice(0, 300)}`)
  ok(!text.includes(agent.instanceId) && !text.includes(world.mine.accountId), text)
})
