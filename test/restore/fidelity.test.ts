// B5, F6, A16: what a restore brings back, seen by find, diff, getfattr, getfacl and lsattr.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText, displayName } from '#base'
import { silentReporter } from '#ports'
import { compareTrees } from '../../bench/compare.ts'
import { needsRoot, RestoreWorld } from './restore-world.ts'

const marker = (size: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(size)
  let state = seed
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'latin1' })
}

/** Every kind of entry and every kind of metadata that this machine lets us make. */
async function makeSource(folder: string): Promise<net.Server> {
  const at = (name: string) => join(folder, name)
  fs.mkdirSync(at('deep/er/and deeper'), { recursive: true })
  fs.mkdirSync(at('empty folder'))
  fs.writeFileSync(at('empty'), '')
  fs.writeFileSync(at('tiny'), 'inline')
  fs.writeFileSync(at('deep/small'), marker(5000, 1))
  fs.writeFileSync(at('deep/er/same content'), marker(5000, 1))
  fs.writeFileSync(at('deep/er/large'), marker(3_000_000, 2))
  fs.writeFileSync(
    Buffer.concat([Buffer.from(at('bad-')), Buffer.from([0xff, 0xfe, 0x0a])]),
    'name',
  )
  fs.writeFileSync(at('__proto__'), 'a legal name')
  for (let i = 0; i < 400; i++) fs.writeFileSync(at(`deep/er/and deeper/f${i}`), marker(300 + i, i))
  const sparse = fs.openSync(at('sparse'), 'w')
  fs.writeSync(sparse, marker(100_000, 3), 0, 100_000, 3_000_000)
  fs.ftruncateSync(sparse, 9_000_001)
  fs.closeSync(sparse)
  fs.truncateSync(at('empty folder/../empty'), 0)
  fs.writeFileSync(at('all hole'), '')
  fs.truncateSync(at('all hole'), 2_000_000)
  fs.symlinkSync('deep/small', at('link'))
  fs.symlinkSync('/nowhere/at all', at('dangling'))
  fs.linkSync(at('deep/small'), at('deep/er/hard link'))
  fs.linkSync(at('deep/small'), at('another hard link'))
  fs.linkSync(at('deep/er/large'), at('large too'))
  run('mkfifo', at('fifo'))
  fs.chmodSync(at('tiny'), 0o4751)
  fs.chmodSync(at('deep/small'), 0o2640)
  fs.chmodSync(at('empty folder'), 0o3775)
  fs.chmodSync(at('deep/er'), 0o500)
  for (const name of ['tiny', 'deep/er/and deeper']) {
    run('setfattr', '-n', 'user.note', '-v', 'a note', at(name))
    run('setfacl', '-m', 'u:12345:rx,g:54321:r', at(name))
  }
  run('setfacl', '-d', '-m', 'u:777:rwx', at('empty folder'))
  spawnSync('setcap', ['cap_net_raw+ep', at('all hole')])
  spawnSync('setfattr', ['-n', 'security.test', '-v', 'label', at('sparse')])
  spawnSync('chattr', ['+d', at('empty')])
  spawnSync('chattr', ['+i', at('sparse')])
  fs.chownSync(at('__proto__'), 1234, 4321)
  fs.lchownSync(at('dangling'), 99, 98)
  run('mknod', at('device'), 'c', '1', '3')
  run('mknod', at('disk'), 'b', '7', '200')
  run('touch', '-d', '1960-02-03 04:05:06.123456789', at('tiny'))
  run('touch', '-h', '-d', '2001-02-03 04:05:06.987654321', at('link'))
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve))
  for (const name of ['deep/er/and deeper', 'deep/er', 'deep', 'empty folder', '.'])
    run('touch', '-d', '2011-12-13 14:15:16.171819202', at(name))
  return server
}

/** diff(1) cannot compare what has no content. */
function differences(source: string, target: string) {
  return compareTrees(source, target).filter(
    ({ example }) => !/ special file while| a fifo while/.test(example),
  )
}

function aclsOf(folder: string): string {
  return execFileSync('getfacl', ['-R', '-n', '-p', '.'], { cwd: folder, encoding: 'latin1' })
}

/** Without links, FIFOs and devices, which have no flags. */
function flagsOf(folder: string): string {
  const answer = spawnSync('lsattr', ['-R', '-a', '.'], { cwd: folder, encoding: 'latin1' })
  return answer.stdout.split('\n').sort().join('\n')
}

for (const threads of [1, 3])
  test(`B5: every kind of entry comes back as it was, with ${threads} thread(s)`, {
    skip: needsRoot,
  }, async (context) => {
    const world = await RestoreWorld.make(context)
    const source = world.makeFolder('source')
    const server = await makeSource(source)
    context.after(() => server.close())
    const target = world.makeFolder('target')
    const outcome = await world.restore(await world.backup(source), target, { threads })
    equal(outcome.status, 'complete')
    deepEqual(outcome.failures, [])
    const noted = outcome.notes.filter(({ what }) => what === 'socket')
    deepEqual(
      noted.map(({ path, reason }) => [path, reason]),
      [['socket', 'stripped']],
    )
    fs.unlinkSync(join(source, 'socket'))
    run('touch', '-d', '2011-12-13 14:15:16.171819202', source)
    deepEqual(differences(source, target), [])
    equal(aclsOf(target), aclsOf(source))
    equal(flagsOf(target), flagsOf(source))
    const blocks = (name: string) => [
      fs.statSync(join(source, name)).blocks,
      fs.statSync(join(target, name)).blocks,
    ]
    for (const name of ['sparse', 'all hole']) {
      const [before = 0, after = 0] = blocks(name)
      ok(after <= before + 64, `${name} is as sparse as it was: ${after} blocks for ${before}`)
    }
    equal(fs.lstatSync(join(target, 'link')).isSymbolicLink(), true)
    const special = outcome.notes.filter(({ reason }) => reason === 'special')
    const named = new Set(special.map(({ path, what }) => `${displayName(path)} ${what}`))
    for (const wanted of [
      'tiny setIds',
      'another hard link setIds',
      'device device',
      'disk device',
    ])
      ok(named.has(wanted), `${wanted} is listed: ${[...named].join(', ')}`)
  })

test('A16: without specials no set-id bit, device, capability or label comes back, and each is listed', {
  skip: needsRoot,
}, async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  const server = await makeSource(source)
  context.after(() => server.close())
  const target = world.makeFolder('target')
  const point = await world.backup(source)
  const outcome = await world.restore(point, target, { fidelity: 'no-special' })
  equal(outcome.status, 'complete')
  equal(run('find', target, '(', '-type', 'b', '-o', '-type', 'c', ')', '-print'), '')
  equal(run('find', target, '-type', 'f', '-perm', '/6000', '-print'), '')
  equal(
    run('find', target, '-type', 'f', '-name', 'tiny', '-perm', '0751', '-printf', '%P'),
    'tiny',
  )
  const attributes = run('getfattr', '-R', '-h', '-d', '-m', '-', target)
  ok(!attributes.includes('security.'), attributes)
  ok(attributes.includes('user.note'))
  const stripped = outcome.notes.filter(({ reason }) => reason === 'stripped')
  const named = new Set(stripped.map(({ path, what }) => `${path} ${what}`))
  for (const wanted of [
    'tiny setIds',
    'device device',
    'disk device',
    'sparse xattr',
    'all hole xattr',
  ])
    ok(named.has(wanted), `${wanted} is listed: ${[...named].join(', ')}`)
  deepEqual(
    outcome.notes.filter(({ reason }) => reason === 'special'),
    [],
  )
})

test('A16: into a folder that others can write to, root brings no set-id bit and no device', {
  skip: needsRoot,
}, async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  fs.writeFileSync(join(source, 'tool'), 'a tool', { mode: 0o755 })
  fs.chmodSync(join(source, 'tool'), 0o4755)
  run('mknod', join(source, 'null'), 'c', '1', '3')
  const target = world.makeFolder('target')
  fs.chmodSync(target, 0o1777)
  const notices: string[] = []
  const reporter = { ...silentReporter, notice: (text: string) => notices.push(text) }
  const outcome = await world.restore(await world.backup(source), target, { reporter })
  equal(notices.length, 1, notices.join())
  deepEqual(fs.readdirSync(target), ['tool'])
  equal(fs.statSync(join(target, 'tool')).mode & 0o7777, 0o755)
  deepEqual(outcome.notes.map(({ path, what, reason }) => `${path} ${what} ${reason}`).sort(), [
    'null device stripped',
    'tool setIds stripped',
  ])
})

test('F5, F3: an empty folder restores to nothing and says so; a target that is not there is refused', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  fs.mkdirSync(join(source, 'empty'))
  fs.writeFileSync(join(source, 'file'), 'x')
  const point = await world.backup(source)
  const target = world.makeFolder('target')
  const notices: string[] = []
  const reporter = { progress() {}, failure() {}, notice: (text: string) => notices.push(text) }
  const selection = { kind: 'include', paths: [byteStringFromText('empty')] } as const
  const outcome = await world.restore(point, target, { selection, reporter })
  deepEqual([outcome.status, outcome.isEmpty, outcome.summary.files], ['complete', true, 0])
  equal(notices.filter((notice) => notice.includes('no files')).length, 1)
  const absent = join(world.folder, 'absent')
  await world.restore(point, absent).then(
    () => ok(false, 'a missing target must be refused'),
    (problem) => equal(problem.code, 'target.not-found'),
  )
  equal(fs.existsSync(absent), false)
  await world.restore(point, join(source, 'file')).then(
    () => ok(false, 'a file is no target'),
    (problem) => equal(problem.code, 'target.not-found'),
  )
})

test('F1: chosen paths come with the folders above them, excluded ones stay away', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  for (const name of ['a/b/c/one', 'a/b/two', 'a/three', 'd/four', 'd-e/five']) {
    fs.mkdirSync(join(source, name, '..'), { recursive: true })
    fs.writeFileSync(join(source, name), name)
  }
  fs.chmodSync(join(source, 'a/b'), 0o751)
  fs.utimesSync(join(source, 'a/b'), 1, 1)
  fs.utimesSync(join(source, 'a'), 2, 2)
  const point = await world.backup(source)
  const listed = (target: string) =>
    run('find', target, '-printf', '%P\n').split('\n').filter(Boolean).sort()
  const paths = (...names: string[]) => names.map(byteStringFromText)

  const some = world.makeFolder('some')
  const chosen = { kind: 'include', paths: paths('d', 'a/b/c', 'a/b/c/one') } as const
  equal((await world.restore(point, some, { selection: chosen })).status, 'complete')
  deepEqual(listed(some), ['a', 'a/b', 'a/b/c', 'a/b/c/one', 'd', 'd/four'])
  equal(fs.statSync(join(some, 'a/b')).mode & 0o7777, 0o751)
  equal(fs.statSync(join(some, 'a/b')).mtimeMs, 1000)
  equal(fs.statSync(join(some, 'a')).mtimeMs, 2000)

  const rest = world.makeFolder('rest')
  const excluded = { kind: 'exclude', paths: paths('a/b', 'd') } as const
  await world.restore(point, rest, { selection: excluded })
  deepEqual(listed(rest), ['a', 'a/three', 'd-e', 'd-e/five'])

  const wrong = { kind: 'include', paths: paths('a/none') } as const
  await world.restore(point, some, { selection: wrong }).then(
    () => ok(false, 'a path that the point does not have must be refused'),
    (problem) => equal(problem.code, 'path.not-found'),
  )
})

test('F3: to the original paths: folders and single files, each to its own place', async (context) => {
  const world = await RestoreWorld.make(context)
  const base = world.makeFolder('base')
  fs.mkdirSync(join(base, 'one/below'), { recursive: true })
  fs.writeFileSync(join(base, 'one/below/file'), 'in one')
  fs.mkdirSync(join(base, 'far/two'), { recursive: true })
  fs.writeFileSync(join(base, 'far/two/file'), 'in two')
  fs.writeFileSync(join(base, 'single'), 'a single file')
  const one = await world.backup(join(base, 'one'))
  const all = await world.backup(join(base, 'one'), join(base, 'far/two'), join(base, 'single'))
  const single = await world.backup(join(base, 'single'))
  const before = run('find', base, '-mindepth', '1', '-printf', '%P %y %m %T@\n').split('\n').sort()
  const destination = { kind: 'original' } as const
  for (const [point, lost] of [
    [one, ['one']],
    [all, ['one', 'far', 'single']],
    [single, ['single']],
  ] as const) {
    for (const name of lost) fs.rmSync(join(base, name), { recursive: true })
    const outcome = await world.restore(point, '/nowhere', { destination })
    deepEqual([outcome.status, outcome.failures], ['complete', []])
    const after = run('find', base, '-mindepth', '1', '-printf', '%P %y %m %T@\n')
      .split('\n')
      .sort()
    // A parent of sources is no part of the point.
    const parts = (lines: string[]) => lines.filter((line) => !line.startsWith('far '))
    deepEqual(parts(after), parts(before))
  }
})
