import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { byteStringFromText, concatBytes } from '#base'
import {
  chunkIdOf,
  defaultChunkerParams,
  deriveVaultKeys,
  encodeBlock,
  type SealedBlock,
  sealBlock,
} from '#engine'
import { nodeCipher } from '../cipher/node-cipher.ts'
import { linuxSourceTree } from '../source/linux-source-tree.ts'
import { pooledBlockOpener } from '../source/pooled-block-opener.ts'
import { openPool, type PoolRequest } from './pool.ts'

const cipher = nodeCipher()
const keys = deriveVaultKeys(cipher, new Uint8Array(16).fill(1), new Uint8Array(32).fill(2))
const never = new AbortController().signal

function poolFor(t: TestContext, request: Partial<PoolRequest> = {}) {
  const params = defaultChunkerParams
  const pool = openPool({ keys, compressionLevel: 3, params, threads: 2, ...request })
  t.after(() => pool.close())
  return pool
}

function fileOf(t: TestContext, bytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pool-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(`${folder}/f`, cipher.random(bytes))
  return `${folder}/f`
}

test('an abort answers all pending calls at once, and every slot comes back', async (t) => {
  const pool = poolFor(t)
  const tree = linuxSourceTree(pool)
  const path = byteStringFromText(fileOf(t, 900_000))
  const record = (await tree.stat(path, never)) ?? new Uint8Array(0)
  const asked = { path, view: new DataView(record.buffer, record.byteOffset), at: 0 }
  const abort = new AbortController()
  const { signal } = abort
  const pending = [
    ...Array.from({ length: 30 }, () => tree.capture([asked], signal)),
    tree.list({ path, expected: undefined }, signal),
    tree.stat(path, signal),
    tree.open(asked, signal).then((file) => file.next(signal)),
  ]
  const results = Promise.allSettled(pending)
  abort.abort()
  const abortedAt = performance.now()
  for (const result of await results) {
    equal(result.status === 'rejected' && result.reason.code, 'job.aborted')
  }
  ok(performance.now() - abortedAt < 500, 'promptly')
  await rejects(tree.capture([asked], signal), { code: 'job.aborted' })

  // The same pool goes on for others.
  for (let i = 0; i < 3 * pool.inFlightMax; i++) {
    const batch = await tree.capture([asked], never)
    equal((await batch.encode([0], never)).length, 1)
    batch.release()
  }
  equal(pool.slots.freeCount, pool.slots.count)
})

test('an abort while blocks are encoded keeps the slot until the thread has left it', async (t) => {
  const pool = poolFor(t)
  const tree = linuxSourceTree(pool)
  const path = byteStringFromText(fileOf(t, 900_000))
  const record = (await tree.stat(path, never)) ?? new Uint8Array(0)
  const asked = { path, view: new DataView(record.buffer, record.byteOffset), at: 0 }
  for (let i = 0; i < 20; i++) {
    const batch = await tree.capture([asked], never)
    const abort = new AbortController()
    const encoding = batch.encode([0], abort.signal)
    abort.abort()
    await rejects(encoding, { code: 'job.aborted' })
    batch.release()
  }
  const batch = await tree.capture([asked], never)
  const [block] = await batch.encode([0], never)
  ok(block !== undefined && block.rawLength > 900_000)
  batch.release()
  // The other thread may still be at one of those that nobody waits for.
  while (pool.slots.freeCount < pool.slots.count) await delay(5)
})

test('a thread that ends by itself fails every pending and later call with a clear error', async (t) => {
  const worker = new URL(
    `data:text/javascript,import { workerData } from 'node:worker_threads'
     workerData.urgent.on('message', () => process.exit(3))`,
  )
  const pool = poolFor(t, { worker })
  const path = byteStringFromText('/')
  const told = { name: 'BrokenInvariant', message: /worker thread of the pool ended by itself/ }
  const pending = Array.from({ length: 5 }, () => pool.run('stat', { path }, { signal: never }))
  for (const call of pending) await rejects(call, told)
  await rejects(pool.run('stat', { path }, { signal: never }), told)
})

test('a thread that cannot even start fails its calls, too', async (t) => {
  const worker = new URL("data:text/javascript,throw new Error('no such module')")
  const pool = poolFor(t, { worker })
  const call = pool.run('digest', { bytes: new Uint8Array(1) }, { signal: never })
  await rejects(call, (problem: Error) => String(problem.cause).includes('no such module'))
})

test('what fails in our own machinery is thrown with its place, and the thread goes on', async (t) => {
  const pool = poolFor(t)
  const ask = { slot: 999, requests: new Uint8Array(0) }
  await rejects(pool.run('capture', ask, { signal: never }), /RangeError.*no slot 999/)
  const { answer } = await pool.run('digest', { bytes: new Uint8Array(3) }, { signal: never })
  deepEqual(answer, cipher.digest(new Uint8Array(3)))
})

test('close fails what is pending, ends the threads and is final', async (t) => {
  const pool = poolFor(t)
  const pending = pool.run('stat', { path: byteStringFromText('/') }, { signal: never })
  const closed = pool.close()
  await rejects(pending, { code: 'job.aborted' })
  await closed
  await rejects(pool.run('stat', { path: byteStringFromText('/') }, { signal: never }), /closed/)
  await pool.close()
})

test('blocks from a store are opened and every chunk hashed; what is wrong is named', async (t) => {
  const opener = pooledBlockOpener(poolFor(t))
  const chunks = [cipher.random(1000), cipher.random(50)]
  const ids = chunks.map((chunk) => chunkIdOf(cipher, keys, chunk))
  const block = sealBlock(cipher, keys, { kind: 'data', ids, chunks, level: 3 })
  ok(encodeBlock(chunks).length === block.rawLength)
  const check = (sealed: Uint8Array, expected: SealedBlock['ids']) =>
    opener.check(
      {
        bytes: sealed.slice(),
        object: 'packs/1',
        blocks: [
          {
            kind: 'data',
            offset: 0,
            length: sealed.length,
            ids: concatBytes(expected),
            idBytes: 32,
          },
        ],
      },
      never,
    )
  deepEqual(await check(block.bytes, ids), [])
  equal((await check(block.bytes, ids.toReversed())).length, 1)
  equal((await check(block.bytes, ids.slice(1))).length, 1)
  for (const at of [0, 5, 70, block.bytes.length - 1]) {
    const broken = block.bytes.slice()
    broken[at] = (broken[at] ?? 0) ^ 4
    equal((await check(broken, ids)).length, 1, `a bit of byte ${at}`)
  }
  deepEqual(await opener.digest(new Uint8Array(9), never), cipher.digest(new Uint8Array(9)))
})
