// A03 and A04 over the port: a machine that shares a vault with another, and wants to harm it or to learn what it has.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeCipher } from '#adapters/cipher'
import {
  blockFrameMedia,
  chunkIdsMedia,
  encodeBlockFrame,
  encodeChunkIds,
  type VaultId,
} from '#contract'
import { type ChunkId, chunkId, chunkIdOf, deriveSessionKeys, idOf, sealBlock } from '#engine'
import { addRawAgent, type RawAgent } from './attack-agent.ts'
import { type AttackWorld, openAttackWorld } from './attack-world.ts'
import { craftPoint } from './crafted-points.ts'
import { inDays } from './lock-scene.ts'
import { runPlan } from './run-plan.ts'

const cipher = nodeCipher()
const probes = 20_000
const perCall = 4_000

test('a neighbour in the vault is told nothing of other content, and poisons none of it (A03, A04)', async () => {
  await using world = await openAttackWorld()
  const victim = await addRawAgent(world, world.mine, 'victim')
  const neighbour = await addRawAgent(world, world.mine, 'neighbour')
  await neighbour.beat()
  const { vaultId } = await world.must('POST', '/api/v1/vaults', {
    ...world.as('owner'),
    body: { regionId: 'default', name: 'shared' },
  })
  const folder = join(world.folder, 'victim')
  mkdirSync(folder)
  const secret = randomBytes(100_000)
  writeFileSync(join(folder, 'secret'), secret)
  const { instanceId } = victim
  await craftPoint(world, { vaultId, account: world.mine, instanceId, folder })
  const { signal } = new AbortController()
  const { vault } = await world.server.gateway.host(vaultId, signal)
  const secretId = chunkIdOf(cipher, vault.keys, secret)
  const readSecret = async () => {
    await using reading = await world.server.gateway.read(vaultId, signal)
    return Buffer.from(await reading.reader.get(secretId, signal))
  }
  ok(secret.equals(await readSecret()), 'the id is that of the stored chunk')
  const session = await openSession(world, neighbour, vaultId)
  const path = `/api/v1/agent/sessions/${session.sessionId}`
  const send = (method: string, to: string, body: Uint8Array, media: string) =>
    neighbour.ask(method, `${path}${to}`, { body, headers: { 'content-type': media } })
  for (let sent = 0; sent < probes; sent += perCall) {
    const ids: ChunkId[] = Array.from({ length: perCall }, (_, at) =>
      at % 2 === 0 ? secretId : chunkId(new Uint8Array(randomBytes(32))),
    )
    const said = await send('POST', '/have', encodeChunkIds(ids), chunkIdsMedia)
    equal(said.status, 200, said.text)
    match(said.text, /^\0*$/, 'of what others have the answer is no')
  }
  const [pack] = await Array.fromAsync(vault.ports.store.list('pack', signal))
  ok(pack !== undefined)
  const fetched = await neighbour.ask('POST', `${path}/fetch`, {
    body: { pack: idOf(pack.name), offsets: [16] },
  })
  ok(fetched.status >= 400 || !fetched.text.includes(secret.toString('latin1').slice(0, 8)))
  ok(fetched.status >= 400, `${fetched.status} ${fetched.text.length}`)
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
  const naming = { idKey: bytes(session.idKey), gear: bytes(session.gear) }
  const keys = deriveSessionKeys(cipher, naming, {
    sessionId: bytes(session.sealingId),
    master: bytes(session.sealingMaster),
  })
  const garbage = new Uint8Array(randomBytes(secret.length))
  const block = sealBlock(cipher, keys, {
    kind: 'data',
    ids: [chunkIdOf(cipher, { ...vault.keys, idKey: keys.idKey }, garbage)],
    chunks: [garbage],
    level: session.compressionLevel,
  })
  // Well made, under the name of what the victim has.
  const { lengths, bytes: sealed } = block
  const lie = { kind: 'data', number: 0, ids: [secretId], lengths, sealed } as const
  const frame = encodeBlockFrame(lie)
  const said = await send('PUT', '/blocks/0', frame, blockFrameMedia)
  equal(said.code, 'session.refused', said.text)
  ok(secret.equals(await readSecret()), 'what the victim stored is as it was')
  deepEqual(
    (await send('POST', '/have', encodeChunkIds([secretId]), chunkIdsMedia)).code,
    'session.refused',
  )
})

async function openSession(world: AttackWorld, agent: RawAgent, vaultId: VaultId) {
  const post = (path: string, body?: object) =>
    world.must('POST', `/api/v1${path}`, { ...world.as('owner'), ...(body && { body }) })
  const schedule = { kind: 'days', every: 1, firstAt: inDays(world, 1) }
  const { policyId } = await post('/policies', {
    name: 'daily',
    rules: [
      { kind: 'BACKUP', schedule, vaultId },
      { kind: 'LIFECYCLE', retention: { days: 30 } },
    ],
  })
  await post('/bindings', { policyId, instanceIds: [agent.instanceId] })
  const bound = await world.must('GET', `/api/v1/bindings?policyId=${policyId}`, world.as('owner'))
  await runPlan(world, bound.items[0].planId)
  const polled = await agent.ask(
    'GET',
    `/api/v1/agent/assignments?after=0&startId=${agent.startId}`,
  )
  const [assignment] = JSON.parse(polled.text).assignments
  const { jobId, attempt } = assignment
  const body = { kind: 'backup', jobId, attempt, source: '/' }
  const opened = await agent.ask('POST', '/api/v1/agent/sessions', { body })
  equal(opened.status, 201, opened.text)
  return JSON.parse(opened.text)
}
