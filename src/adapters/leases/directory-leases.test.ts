import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { leasesContract } from '../../ports/leases.contract.ts'
import { directoryLeases } from './directory-leases.ts'
import { parseLocks } from './kernel-locks.ts'

const signal = new AbortController().signal
const root = await mkdtemp(join(tmpdir(), 'holdfast-leases-'))
test.after(() => rm(root, { recursive: true, force: true }))

let folders = 0
async function newFolder(): Promise<string> {
  const folder = join(root, String(folders++))
  await mkdir(folder)
  return folder
}

leasesContract('directory leases', async () => {
  const folder = await newFolder()
  return () => directoryLeases(folder)
})

const holderProgram = `
  const { directoryLeases } = await import(process.env.LEASES)
  const kind = process.env.KIND
  globalThis.held = await directoryLeases(process.env.FOLDER).acquire(kind, 'the other process', new AbortController().signal)
  process.stdout.write('held')
  setInterval(() => {}, 60000)
`

async function holdElsewhere(
  context: TestContext,
  folder: string,
  kind: string,
): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holderProgram], {
    env: {
      ...process.env,
      FOLDER: folder,
      KIND: kind,
      LEASES: new URL('./directory-leases.ts', import.meta.url).href,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGKILL'))
  ok(child.stdout)
  const [held] = await once(child.stdout, 'data')
  equal(String(held), 'held')
  return child
}

test('F02: a lease held by another process ends with that process, even when it is killed', async (context) => {
  const folder = await newFolder()
  const child = await holdElsewhere(context, folder, 'owner')
  await rejects(directoryLeases(folder).acquire('owner', 'me', signal), (problem: Error) => {
    ok(problem.message.includes('the other process'), problem.message)
    return true
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const mine = await directoryLeases(folder).acquire('owner', 'me', signal)
  await rejects(directoryLeases(folder).acquire('owner', 'they', signal), /in use by me since/)
  await mine.release()
})

test('a sweep that is refused says which process reads', async (context) => {
  const folder = await newFolder()
  const child = await holdElsewhere(context, folder, 'reader')
  await rejects(directoryLeases(folder).acquire('sweep', 'gc', signal), (problem: Error) => {
    ok(problem.message.includes(`process ${child.pid}`), problem.message)
    return true
  })
})

test('a lock file that was deleted while held does not stay the lock of its later finders', async () => {
  const folder = await newFolder()
  const first = await directoryLeases(folder).acquire('owner', 'one', signal)
  await rm(join(folder, 'owner.lock'))
  // The kernel cannot know; what keeps these two apart is the epoch. But from here on there is one lock again.
  await using _second = await directoryLeases(folder).acquire('owner', 'two', signal)
  await first.release()
  await rejects(directoryLeases(folder).acquire('owner', 'three', signal), /in use by two/)
})

test('a vault that cannot be written gives reader leases without a trace, and no others', async (context) => {
  if (process.getuid?.() === 0) return await asNobody(context)
  const folder = await newFolder()
  await chmod(folder, 0o500)
  await (await directoryLeases(folder).acquire('reader', 'a restore', signal)).release()
  deepEqual(await readdir(folder), [])
  await rejects(directoryLeases(folder).acquire('owner', 'me', signal), { code: 'storage.denied' })
})

test('F12: a lock file that cannot be opened is no leave to read: who may open it may sweep', async (context) => {
  const folder = await newFolder()
  await writeFile(join(folder, 'readers.lock'), '', { mode: 0o000 })
  await chmod(folder, 0o555)
  const answer = await tellAsNobody(
    context,
    folder,
    `await leases.acquire('reader', 'a restore', signal).catch((problem) => process.stdout.write(problem.code))`,
  )
  equal(answer, 'storage.denied')
})

test('A18 what cannot be locked is named as it is asked for: where vaults lie on a server is not told', async () => {
  const folder = join(await newFolder(), 'gone')
  for (const [kind, object] of [
    ['reader', 'v-1/readers.lock'],
    ['owner', 'v-1/owner.lock'],
  ] as const) {
    await rejects(directoryLeases(folder, 'v-1').acquire(kind, 'me', signal), {
      code: 'storage.unavailable',
      context: { object, problem: 'ENOENT' },
    })
  }
})

async function asNobody(context: TestContext): Promise<void> {
  const folder = await newFolder()
  await chmod(folder, 0o555)
  const answer = await tellAsNobody(
    context,
    folder,
    `
    await (await leases.acquire('reader', 'a restore', signal)).release()
    await leases.acquire('owner', 'me', signal).catch((problem) => process.stdout.write(problem.code))
    `,
  )
  equal(answer, 'storage.denied')
  deepEqual(await readdir(folder), [])
}

/** Permissions do not bind root: what is asked in a process that gave root up, and what it said first. */
async function tellAsNobody(context: TestContext, folder: string, ask: string): Promise<string> {
  await chmod(root, 0o755)
  const program = `
    const { directoryLeases } = await import(process.env.LEASES)
    if (process.getuid() === 0) { process.setgroups([65534]); process.setgid(65534); process.setuid(65534) }
    const signal = new AbortController().signal
    const leases = directoryLeases(process.env.FOLDER)
    ${ask}
    process.stdout.write('.')
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: {
      ...process.env,
      FOLDER: folder,
      LEASES: new URL('./directory-leases.ts', import.meta.url).href,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGKILL'))
  ok(child.stdout)
  let said = ''
  for await (const part of child.stdout) said += String(part)
  return said.replace(/\.$/, '')
}

test('locks of the kernel are told by inode and kind', () => {
  const text = [
    '1: FLOCK  ADVISORY  READ 4711 fe:00:131074 0 EOF',
    '1: -> FLOCK  ADVISORY  WRITE 4712 fe:00:131074 0 EOF',
    '2: POSIX  ADVISORY  WRITE 4713 fe:00:131074 0 EOF',
    '3: FLOCK  ADVISORY  READ 4714 fe:00:99 0 EOF',
    '4: FLOCK  ADVISORY  READ 0 fe:00:131074 0 EOF',
  ].join('\n')
  deepEqual(parseLocks(text, 131074), [4711])
})
