// The configuration lies in the storage in clear: what a vault decides by is what its ledger says it was made with.
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLedgerState, type LedgerState, ledgerName, type VaultConfig } from '#engine'
import { memoryCipher, memoryClock, memoryLeases, memoryStore, SeededRandom } from '#ports'
import { append, carriesState, readEntry, readLedger } from './ledger.ts'
import { Ownership } from './ownership.ts'
import { createVault, type Vault } from './vault.ts'

const signal = new AbortController().signal
const dayMs = 24 * 3600 * 1000
const config: VaultConfig = {
  vaultId: new Uint8Array(16).fill(2),
  mode: 'managed',
  createdAt: 0,
  compressionLevel: 0,
  chunkAverageBytes: 256 * 1024,
  retentionMinMs: 7 * dayMs,
  retentionMaxMs: undefined,
  gcGraceMs: 3 * dayMs,
  features: [],
}

async function makeVault(): Promise<Vault> {
  const clock = memoryClock()
  const cipher = memoryCipher(new SeededRandom(1))
  const ports = { store: memoryStore(), leases: memoryLeases(clock), clock, cipher }
  return await createVault(ports, config, new Uint8Array(32).fill(1), signal)
}

async function claimOnce(vault: Vault): Promise<LedgerState> {
  await using ownership = await Ownership.take(vault, 'test', signal)
  return ownership.state
}

test('L3: whoever changes the configuration in the storage has nothing decided by it', async () => {
  const vault = await makeVault()
  const changed: Partial<VaultConfig>[] = [
    { retentionMinMs: 0 },
    { retentionMaxMs: 1 },
    { gcGraceMs: 0 },
    { chunkAverageBytes: 64 * 1024 },
    { compressionLevel: 1 },
    { createdAt: 1 },
  ]
  for (const change of changed) {
    const attacked = { ...vault, config: { ...config, ...change } }
    const [field = ''] = Object.keys(change)
    await rejects(claimOnce(attacked), (problem: Error & { code?: string }) => {
      equal(problem.code, 'vault.config-changed')
      equal(problem.message.includes(`${field} is `), true, problem.message)
      return true
    })
  }
  equal((await readLedger(vault, signal)).number, 1, 'nothing was decided')
  await claimOnce(vault)
})

test('L3: the ledger of a vault from before takes the configuration up at the next claim', async () => {
  const vault = await makeVault()
  // What a program that knew nothing of it has written.
  const old = { ...(await readLedger(vault, signal)), config: undefined }
  await append(vault, old, { kind: 'rebuild', state: emptyLedgerState }, signal)
  equal((await readLedger(vault, signal)).config, undefined)
  const { number } = await claimOnce(vault)
  equal(carriesState(await readEntry(vault, number, signal)), true)
  deepEqual((await readLedger(vault, signal)).config, config)
  const attacked = { ...vault, config: { ...config, retentionMinMs: 0 } }
  await rejects(claimOnce(attacked), { code: 'vault.config-changed' })
})

test('L3: a claim that repeats the state repeats the configuration', async () => {
  const vault = await makeVault()
  for (let i = 0; i < 70; i++) await claimOnce(vault)
  await vault.ports.store.removeRecord(ledgerName(1), signal)
  deepEqual((await readLedger(vault, signal)).config, config)
})
