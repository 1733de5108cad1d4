import { equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#base'
import { ledgerName } from '#engine'
import { memoryCipher, memoryClock, memoryLeases, memoryStore, SeededRandom } from '#ports'
import { readLedger } from './ledger.ts'
import { Ownership } from './ownership.ts'
import { plainConfig as config } from './plain-config.fixture.ts'
import { createVault } from './vault.ts'

const signal = new AbortController().signal

async function makeVault() {
  const clock = memoryClock()
  const store = memoryStore()
  const cipher = memoryCipher(new SeededRandom(1))
  const ports = { store, leases: memoryLeases(clock), clock, cipher }
  return { store, vault: await createVault(ports, config, new Uint8Array(32).fill(1), signal) }
}

test('F01: an empty file under the next number, as a dying disk leaves it, stops nobody', async () => {
  const { store, vault } = await makeVault()
  store.objects.set(ledgerName(2), new Uint8Array())
  equal((await readLedger(vault, signal)).number, 1)
  await using ownership = await Ownership.take(vault, 'test', signal)
  equal(ownership.state.number, 2)
})

test('F16: an entry that is missing is for a repair to say; no backup stores it again', async () => {
  const { store, vault } = await makeVault()
  for (let i = 0; i < 3; i++) {
    await using _ = await Ownership.take(vault, 'test', signal)
  }
  store.objects.delete(ledgerName(3))
  await rejects(readLedger(vault, signal), (problem) => {
    ok(isFailure(problem, 'ledger.incomplete'))
    ok(problem.message.includes(ledgerName(3)))
    ok(problem.entry.advise.includes('repair') && !problem.entry.advise.includes('stores again'))
    return true
  })
})
