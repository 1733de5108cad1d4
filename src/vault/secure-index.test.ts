import { equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type ChunkId, chunkIdOf, deriveVaultKeys, type ObjectKind, sealBlock } from '#engine'
import {
  type DiskStep,
  type FaultEffect,
  FaultPlan,
  memoryCipher,
  memoryClock,
  memoryLeases,
  PowerCutDisk,
  powerCutStore,
  SeededRandom,
} from '#ports'
import { readLedger } from './ledger.ts'
import { loadIndex } from './load-index.ts'
import { openSession } from './open-session.ts'
import { Ownership } from './ownership.ts'
import { plainConfig as config } from './plain-config.fixture.ts'
import type { Session } from './session.ts'
import { createVault, openVault, type Vault } from './vault.ts'

const signal = new AbortController().signal
const master = new Uint8Array(32).fill(1)

/** Dies after an object of this kind has its name and before its folder is synced. */
class DeathBeforeSync extends FaultPlan<DiskStep> {
  readonly #kind: ObjectKind
  #isLinked = false

  constructor(kind: ObjectKind) {
    super([])
    this.#kind = kind
  }

  override next(step: DiskStep, kind: ObjectKind | undefined): FaultEffect | undefined {
    if (kind !== this.#kind) return undefined
    if (this.#isLinked && step === 'syncFolder')
      return { kind: 'fail', code: 'storage.unavailable' }
    this.#isLinked ||= step === 'link'
    return undefined
  }
}

const cipher = memoryCipher(new SeededRandom(1))
const keys = deriveVaultKeys(cipher, config.vaultId, master)
const content = new Uint8Array(5000).fill(9)
const id: ChunkId = chunkIdOf(cipher, keys, content)

function portsOn(disk: PowerCutDisk, plan = new FaultPlan<DiskStep>([])): Vault['ports'] {
  const clock = memoryClock()
  return { store: powerCutStore(disk, { plan }), leases: memoryLeases(clock), clock, cipher }
}

async function upload(session: Session): Promise<void> {
  equal(session.claim([{ id }]).length, 1)
  const block = sealBlock(cipher, keys, { kind: 'data', ids: [id], chunks: [content], level: 0 })
  await session.addBlock('data', block, signal)
  await session.flush(signal)
}

for (const kind of ['pack', 'index'] as const)
  test(`what a session found of a dead one is there after a power cut: ${kind} (F03)`, async () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = new PowerCutDisk()
      await createVault(portsOn(disk), config, master, signal)
      const first = openVault(portsOn(disk, new DeathBeforeSync(kind)), config, master)
      const ownership = await Ownership.take(first, 'first', signal)
      await rejects(upload(await openSession(ownership, signal)))
      // The machine lives on: the next process sees what the first one left.
      const second = openVault(portsOn(disk), config, master)
      const taken = await Ownership.take(second, 'second', signal)
      ok((await openSession(taken, signal)).has(id), 'it is not uploaded again')
      disk.crash(new SeededRandom(seed))
      const third = openVault(portsOn(disk), config, master)
      const { index } = await loadIndex(third, await readLedger(third, signal), signal)
      ok(index.find(id, true) !== undefined, `with seed ${seed} it is lost`)
    }
  })
