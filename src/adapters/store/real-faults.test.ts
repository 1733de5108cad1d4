// The store against the real kernel: syncs that fail, processes that are killed. strace makes the failures; without it
// these tests say that they skip.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { content, listed, nameOf } from '../../ports/sample-objects.contract.ts'
import { openDirectoryStore } from './directory-store.ts'

const signal = new AbortController().signal
const root = mkdtempSync(join(tmpdir(), 'holdfast-faults-'))
test.after(() => rmSync(root, { recursive: true, force: true }))
const contractUrl = new URL('../../ports/sample-objects.contract.ts', import.meta.url).href
const storeUrl = new URL('./directory-store.ts', import.meta.url).href

/** Puts three objects, then says what came of each and of one more. Loads everything before, so that counts are its own. */
const threePuts = `
  import { openDirectoryStore } from '${storeUrl}'
  import { content, nameOf } from '${contractUrl}'
  const signal = new AbortController().signal
  const store = await openDirectoryStore(process.argv[1], { createMissing: false })
  const told = []
  for (let i = 0; i < 4; i++) {
    const bytes = content(i, 1000)
    await store.put(nameOf(i % 2 ? 'pack' : 'index', bytes), bytes, signal).then(
      () => told.push('stored'),
      (problem) => told.push(problem.code),
    )
  }
  process.stdout.write(JSON.stringify(told))
`

type Told = { readonly told: readonly string[]; readonly trace: string }

function runWithFault(folder: string, inject: string): Told | undefined {
  const trace = join(root, 'trace')
  mkdirSync(folder)
  const run = spawnSync(
    'strace',
    [
      '-f',
      ...['-o', trace, '-e', 'trace=fsync,link,pwrite64', '-e', `inject=${inject}`],
      ...[process.execPath, '--input-type=module', '-e', threePuts, folder],
    ],
    // One thread for files: strace counts calls by thread.
    { encoding: 'utf8', env: { ...process.env, UV_THREADPOOL_SIZE: '1' } },
  )
  if (run.error !== undefined || /ptrace|not permitted/i.test(run.stderr)) return undefined
  equal(run.status, 0, run.stderr)
  return { told: JSON.parse(run.stdout), trace: readFileSync(trace, 'utf8') }
}

test('F03: one fsync that fails and then would succeed: the object is lost, nothing more is written, ever', async (context) => {
  let nth = 1
  for (; nth < 40; nth++) {
    const folder = join(root, `sync-${nth}`)
    const run = runWithFault(folder, `fsync:error=EIO:when=${nth}`)
    if (run === undefined) return context.skip('strace cannot trace here')
    if (!run.trace.includes('INJECTED')) break
    const failed = run.told.indexOf('storage.unavailable')
    deepEqual(run.told.slice(failed), [
      'storage.unavailable',
      ...run.told.slice(failed + 1).map(() => 'storage.broken'),
    ])
    const after = run.trace.slice(run.trace.indexOf('INJECTED'))
    equal(after.match(/ link\(/g), null, 'no object appears after the failure')
    equal(after.match(/ fsync\(/g), null, 'a sync is never tried again')
    await checkStored(folder, run.told)
  }
  ok(nth > 12 && nth < 40, `${nth - 1} syncs were tried`)
})

test('F04: a write that fails anywhere ends that put with its cause; the others are not touched', async (context) => {
  let nth = 1
  for (; nth < 40; nth++) {
    const folder = join(root, `write-${nth}`)
    const run = runWithFault(folder, `pwrite64:error=ENOSPC:when=${nth}`)
    if (run === undefined) return context.skip('strace cannot trace here')
    if (!run.trace.includes('INJECTED')) break
    deepEqual(
      run.told.filter((word) => word !== 'stored'),
      ['storage.full'],
    )
    await checkStored(folder, run.told)
    deepEqual(readdirSync(join(folder, 'tmp')), [])
  }
  equal(nth - 1, 4, 'each of the four writes was tried')
})

test('a file system without hard links, such as exFAT, keeps vaults all the same', async (context) => {
  const folder = join(root, 'without-links')
  const run = runWithFault(folder, 'link:error=EPERM:when=1+')
  if (run === undefined) return context.skip('strace cannot trace here')
  deepEqual(run.told, ['stored', 'stored', 'stored', 'stored'])
  await checkStored(folder, run.told)
  deepEqual(readdirSync(join(folder, 'tmp')), [])
})

/** Whatever was told "stored" is there; whatever is listed is whole. */
async function checkStored(folder: string, told: readonly string[]): Promise<void> {
  const store = await openDirectoryStore(folder, { createMissing: false })
  for (const [i, word] of told.entries()) {
    const bytes = content(i, 1000)
    const found = await store.find(nameOf(i % 2 ? 'pack' : 'index', bytes), undefined, signal)
    if (word === 'stored') ok(found !== undefined)
    if (found !== undefined) deepEqual(found, bytes)
  }
}

const endlessPuts = `
  import { openDirectoryStore } from '${storeUrl}'
  import { content, nameOf } from '${contractUrl}'
  const signal = new AbortController().signal
  const store = await openDirectoryStore(process.argv[1], { createMissing: true })
  for (let i = Number(process.argv[2]); ; i++) {
    const bytes = content(i, 200_000)
    const draft = await store.draft('pack', signal)
    await draft.append(bytes, signal)
    await draft.publish(nameOf('pack', bytes), signal)
    await store.put(nameOf('point', bytes), bytes, signal)
    process.stdout.write(i + ' ')
  }
`

test('F02: kill -9 at any instant: what was acknowledged is whole, and the next one clears up', async (context) => {
  const folder = join(root, 'killed')
  const acknowledged = new Set<number>()
  for (let round = 0; round < 8; round++) {
    for (const i of await putUntilKilled(context, {
      folder,
      from: round * 1000,
      afterMs: round * 7,
    })) {
      acknowledged.add(i)
    }
  }
  ok(acknowledged.size > 0)
  const problems: unknown[] = []
  const store = await openDirectoryStore(folder, {
    createMissing: false,
    onHealed: ({ problem }) => problem !== undefined && problems.push(problem),
  })
  for (const kind of ['pack', 'point'] as const) {
    const all = await listed(store, kind)
    for (const i of acknowledged) {
      ok(all.some(({ name }) => name === nameOf(kind, content(i, 200_000))))
    }
    for (const { name } of all) {
      const bytes = await store.find(name, undefined, signal)
      equal(bytes === undefined ? undefined : nameOf(kind, bytes), name)
    }
  }
  deepEqual(problems, [])
  await store.put(nameOf('index', content(1, 5)), content(1, 5), signal)
  deepEqual(readdirSync(join(folder, 'tmp')), [])
})

/** @returns the numbers that were acknowledged before the process died. */
async function putUntilKilled(
  context: TestContext,
  life: { readonly folder: string; readonly from: number; readonly afterMs: number },
): Promise<readonly number[]> {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', endlessPuts, life.folder, String(life.from)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  context.after(() => child.kill('SIGKILL'))
  let told = ''
  child.stdout.on('data', (text) => {
    told += String(text)
  })
  await once(child.stdout, 'data')
  setTimeout(() => child.kill('SIGKILL'), life.afterMs)
  await once(child, 'close')
  return told.split(' ').slice(0, -1).map(Number)
}
