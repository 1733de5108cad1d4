import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, isFailure, toHex } from '#base'
import { argon2MemoryFloorKiB, defaultArgon2Cost, findCostProblem } from '#engine'
import { Argon2Stretcher, calibrateArgon2Cost, chooseArgon2Cost } from './argon2-stretcher.ts'

const stretcher = new Argon2Stretcher()
const { signal } = new AbortController()
const small = { memoryKiB: 64, passes: 1, lanes: 1, salt: new Uint8Array(32) }
const passphrase = new TextEncoder().encode('password')

test('it is argon2id, version 1.3, as the reference program computes it', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -r
  const salt = new TextEncoder().encode('somesalt')
  const params = { memoryKiB: 65_536, passes: 2, lanes: 1, salt }
  const expected = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7'
  assert.equal(toHex(await stretcher.stretch(passphrase, params, signal)), expected)
  assert.equal(fromHex(expected).length, 32)
})

test('every parameter and every byte of the passphrase changes the result', async () => {
  const other = { memoryKiB: 72, passes: 2, lanes: 2, salt: new Uint8Array(32).fill(1) }
  const results = [
    await stretcher.stretch(passphrase, small, signal),
    await stretcher.stretch(passphrase.subarray(1), small, signal),
    await stretcher.stretch(passphrase, { ...small, memoryKiB: other.memoryKiB }, signal),
    await stretcher.stretch(passphrase, { ...small, passes: other.passes }, signal),
    await stretcher.stretch(passphrase, { ...small, lanes: other.lanes }, signal),
    await stretcher.stretch(passphrase, { ...small, salt: other.salt }, signal),
  ]
  assert.equal(new Set(results.map(toHex)).size, results.length)
  assert.deepEqual(await stretcher.stretch(passphrase, small, signal), results[0])
})

test('an abort is answered at once, before and during the work', async () => {
  const aborted = (problem: unknown) => isFailure(problem, 'job.aborted')
  await assert.rejects(stretcher.stretch(passphrase, small, AbortSignal.abort()), aborted)
  const controller = new AbortController()
  const slow = { memoryKiB: 65_536, passes: 4, lanes: 1, salt: new Uint8Array(32) }
  const work = stretcher.stretch(passphrase, slow, controller.signal)
  const startedAt = performance.now()
  const whole = stretcher.stretch(passphrase, slow, signal)
  controller.abort()
  await assert.rejects(work, aborted)
  const answeredMs = performance.now() - startedAt
  await whole
  const wholeMs = performance.now() - startedAt
  assert.ok(answeredMs < wholeMs / 2, `${answeredMs} ms of ${wholeMs} ms`)
})

test('it takes no parameters beyond the limits, whoever hands them in (A17)', async () => {
  const refused = (problem: unknown) => isFailure(problem, 'system.unsupported')
  for (const params of [
    { ...small, memoryKiB: 2 ** 31 },
    { ...small, passes: 2 ** 31 },
    { ...small, lanes: 255 },
  ]) {
    await assert.rejects(stretcher.stretch(passphrase, params, signal), refused)
  }
})

test('a slow or small machine gets a quarter of the memory and never less', () => {
  const memoryOf = (floorMs: number, memoryGiB: number) =>
    chooseArgon2Cost({ floorMs, memoryKiB: memoryGiB * 1024 * 1024 }).memoryKiB / 1024
  const chosen = [
    memoryOf(350, 16),
    memoryOf(1000, 16),
    memoryOf(2000, 16),
    memoryOf(20_000, 16),
    memoryOf(10, 0.5),
    memoryOf(10, 0.25),
    memoryOf(10, 0.1),
  ]
  assert.deepEqual(chosen, [256, 128, 64, 64, 128, 64, 64])
})

test('the cost chosen for this machine is within the floor and the default', async () => {
  const cost = await calibrateArgon2Cost(stretcher, signal)
  assert.equal(findCostProblem(cost), undefined)
  assert.ok(cost.memoryKiB >= argon2MemoryFloorKiB)
  assert.ok(cost.memoryKiB <= defaultArgon2Cost.memoryKiB)
  assert.deepEqual({ ...cost, memoryKiB: 0 }, { ...defaultArgon2Cost, memoryKiB: 0 })
})
