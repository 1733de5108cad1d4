// What a server knows of its vaults: kept over many sessions, and held against the vault when it is opened.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Gateway } from '#server'
import { PointsWorld } from '../../src/server/services/points/points-world.contract.ts'
import { openRealMachine } from './real-machine.ts'

const { signal } = new AbortController()

function storageOf(world: PointsWorld): string {
  const vaults = join(dirname(world.machine.folder), 'vaults')
  const name = readdirSync(vaults).find((one) => one.startsWith('v-') && !one.endsWith('.json'))
  ok(name)
  return join(vaults, name)
}

test('a session finds what every session before it stored, also after a collection', async () => {
  await using world = await PointsWorld.make(openRealMachine)
  const vaultId = await world.addVault()
  const { machine, gateway } = world
  mkdirSync(join(machine.folder, 'a'), { recursive: true })
  writeFileSync(join(machine.folder, 'a', 'first'), 'first content '.repeat(5_000))
  await world.backup(vaultId)
  const hosted = await gateway.host(vaultId, signal)
  const chunksKnown = async () => {
    await using session = await hosted.openSession(signal)
    return session.index.packs.map(({ name }) => name).sort()
  }
  const before = await chunksKnown()
  ok(before.length > 0)
  {
    await using session = await hosted.openSession(signal)
    session.addNode(new TextEncoder().encode('a record of its own'))
    deepEqual(await chunksKnown(), before, 'what is not durable is nothing for others')
    await session.flush(signal)
  }
  const after = await chunksKnown()
  equal(after.length, before.length + 1)
  const fresh = new Gateway(world.kernel, machine.gatewayPorts(world.kernel.clock))
  await gateway[Symbol.asyncDispose]()
  await using _fresh = fresh
  {
    await using session = await (await fresh.host(vaultId, signal)).openSession(signal)
    deepEqual(session.index.packs.map(({ name }) => name).sort(), after, 'as the store says it')
  }
  await fresh.maintain(vaultId, [], signal)
  await using last = await (await fresh.host(vaultId, signal)).openSession(signal)
  deepEqual(
    last.index.packs.map(({ name }) => name).sort(),
    before,
    'what nobody needs is gone for those who come after the collection',
  )
})

test('A06: a vault that was put back as a whole beneath the catalog is not written into', async () => {
  await using world = await PointsWorld.make(openRealMachine)
  const vaultId = await world.addVault()
  const { machine, gateway } = world
  writeFileSync(join(machine.folder, 'one'), 'one')
  await world.backup(vaultId)
  const place = storageOf(world)
  const older = `${place}.older`
  cpSync(place, older, { recursive: true })
  writeFileSync(join(machine.folder, 'two'), 'two')
  await world.backup(vaultId)
  await gateway[Symbol.asyncDispose]()
  rmSync(place, { recursive: true })
  cpSync(older, place, { recursive: true })
  await using reopened = new Gateway(world.kernel, machine.gatewayPorts(world.kernel.clock))
  await rejects(reopened.host(vaultId, signal), { code: 'vault.reverted' })
})
