import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { byteStringFromText, isFailure } from '#base'
import { sourceFailureReason, targetFailure } from './failures.ts'
import { tryLock } from './file-lock.ts'
import { kernel, systemCallNumbers } from './kernel.ts'
import { SystemCallError } from './system-error.ts'

const HEADERS = {
  x64: ['/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
  arm64: ['/usr/include/asm-generic/unistd.h'],
} as const

for (const arch of ['x64', 'arm64'] as const) {
  const header = HEADERS[arch].find((file) => fs.existsSync(file))
  test(`system call numbers of ${arch} are those of the kernel’s headers`, {
    skip: !header,
  }, () => {
    const text = fs.readFileSync(header ?? '', 'utf8')
    const numbers = new Map<string, number>()
    for (const [, name, number] of text.matchAll(/#define __NR(?:3264)?_(\w+) (\d+)/g)) {
      numbers.set(name ?? '', Number(number))
    }
    const sys = systemCallNumbers(arch)
    for (const [name, number] of Object.entries(sys)) assert.equal(number, numbers.get(name), name)
    assert.deepEqual(Object.keys(sys).sort(), Object.keys(systemCallNumbers('x64')).sort())
  })
}

test('the kernel is not loaded before the first call', () => {
  const script = `
    const linux = await import(${JSON.stringify(import.meta.resolve('./index.ts'))})
    const loaded = () => require('node:fs').readFileSync('/proc/self/maps', 'utf8').includes('koffi')
    const before = loaded()
    linux.listDirectory('/')
    console.log(before, loaded())`
  const answer = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { createRequire } from 'node:module'; const require = createRequire('/');${script}`,
    ],
    { encoding: 'utf8' },
  )
  assert.equal(answer, 'false true\n')
})

test('the address of a small array stays valid', () => {
  const { addressOf } = kernel()
  const small = new Uint8Array(8)
  const address = addressOf(small)
  for (let i = 0; i < 200_000; i++) new Uint8Array(40)
  assert.equal(addressOf(small), address)
  assert.equal(addressOf(small.subarray(3)), address + 3)
})

test('errors carry the kernel’s reason in words that reports need (B6)', () => {
  const reasons = [2, 116, 13, 1, 5, 107, 95, 40, 28].map((errno) => {
    const problem = new SystemCallError('open', errno, '/x')
    return [problem.code, problem.reason, sourceFailureReason(problem)]
  })
  assert.deepEqual(reasons, [
    ['ENOENT', 'vanished', 'vanished'],
    ['ESTALE', 'disconnected', 'disconnected'],
    ['EACCES', 'denied', 'denied'],
    ['EPERM', 'denied', 'denied'],
    ['EIO', 'damaged', 'unreadable'],
    ['ENOTCONN', 'disconnected', 'disconnected'],
    ['EOPNOTSUPP', 'unsupported', 'unsupported'],
    ['ELOOP', 'swapped', 'changed'],
    ['ENOSPC', 'full', 'unreadable'],
  ])
  const at = byteStringFromText('a\x1bb')
  const full = targetFailure(new SystemCallError('write', 28, ''), at)
  assert.ok(isFailure(full, 'target.full'))
  assert.equal(full.context['path'], 'a\\x1bb')
  assert.ok(isFailure(targetFailure(new SystemCallError('open', 13, ''), at), 'target.refused'))
})

test('a lock excludes every other opening of the file, and ends with its own', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-lock-')), 'lock')
  const [a, b] = [fs.openSync(file, 'w'), fs.openSync(file, 'w')]
  assert.equal(tryLock(a, 'shared'), true)
  assert.equal(tryLock(b, 'shared'), true)
  assert.equal(tryLock(b, 'exclusive'), false)
  fs.closeSync(a)
  assert.equal(tryLock(b, 'exclusive'), true)
  fs.closeSync(b)
  assert.throws(() => tryLock(b, 'shared'), { code: 'EBADF' })
  fs.rmSync(path.dirname(file), { recursive: true })
})

test('a worker thread that yields does so alone', async () => {
  const nice = () =>
    Number(fs.readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]?.split(' ')[16])
  const before = nice()
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData).then(({ setThreadPriority }) => {
      setThreadPriority({ nice: 19, io: 'idle' })
      const stat = require('node:fs').readFileSync('/proc/thread-self/stat', 'utf8')
      parentPort.postMessage(Number(stat.split(') ')[1].split(' ')[16]))
    })`
  const worker = new Worker(source, {
    eval: true,
    workerData: import.meta.resolve('./thread-priority.ts'),
  })
  assert.equal(
    await new Promise((done, fail) => worker.once('message', done).once('error', fail)),
    19,
  )
  assert.equal(nice(), before)
})
