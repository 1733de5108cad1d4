import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { test } from 'node:test'
import { type ByteString, byteStringFromText, isFailure } from '#base'
import { encodeXattrs } from '#engine'
import { closeDescriptor } from './descriptors.ts'
import type { Shortfall } from './entry-metadata.ts'
import {
  everything,
  needsRoot,
  newWriter,
  plain,
  put,
  shell,
  temporaryDirectory,
  writerIn,
} from './tree-fixture.ts'

test('a file never becomes setuid for an owner it should not have (A16)', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t)
  fs.chmodSync(dir, 0o777)
  const writer = writerIn(t, dir)
  process.seteuid?.(65534)
  let shortfalls: Shortfall[]
  try {
    shortfalls = put(writer, 'f', { content: 'x', metadata: { ...plain, mode: 0o4755 } })
  } finally {
    process.seteuid?.(0)
  }
  assert.deepEqual(
    shortfalls.map(({ what, reason }) => [what, reason]),
    [
      ['owner', 'denied'],
      ['setIds', 'stripped'],
    ],
  )
  const { mode, uid } = fs.statSync(`${dir}/f`)
  assert.deepEqual([mode & 0o7777, uid], [0o755, 65534])
})

test('a setgid that the kernel drops without a word is told (A16)', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t)
  fs.chownSync(dir, 0, 777)
  fs.chmodSync(dir, 0o2777)
  const writer = writerIn(t, dir, { ...everything, owner: false })
  const metadata = { ...plain, mode: 0o2755, uid: 65534, gid: 777 }
  process.seteuid?.(65534)
  let shortfalls: Shortfall[]
  try {
    shortfalls = put(writer, 'f', { content: 'x', metadata })
  } finally {
    process.seteuid?.(0)
  }
  assert.deepEqual(
    shortfalls.map(({ what, reason }) => [what, reason]),
    [['mode', 'denied']],
  )
})

test('a time that the file system cannot hold is told (B5)', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t)
  const writer = writerIn(t, dir)
  const metadata = { ...plain, mtimeSec: 2 ** 45 }
  const shortfalls = put(writer, 'f', { content: 'x', metadata })
  const { mtimeMs } = fs.statSync(`${dir}/f`)
  const held = mtimeMs / 1000 > 2 ** 44
  assert.deepEqual(
    shortfalls.map(({ what, reason }) => [what, reason]),
    held ? [] : [['times', 'tooLarge']],
  )
})

test('what is being restored is nobody else’s to read before it has its own mode (F6)', (t) => {
  const dir = temporaryDirectory(t)
  const umask = process.umask(0)
  try {
    const writer = writerIn(t, dir)
    const file = writer.createFile(byteStringFromText('sub/f'), plain)
    writer.makeDirectory(byteStringFromText('made'))
    writer.prepareNode(
      byteStringFromText('p'),
      { ...plain, kind: 'fifo', mode: 0o600 },
      { major: 0, minor: 0 },
    )
    assert.equal(shell('find "$1" -mindepth 1 -perm /077', dir), '')
    writer.discardFile(file)
  } finally {
    process.umask(umask)
  }
})

test('hostile names are refused and make nothing (A13, F6)', (t) => {
  const dir = temporaryDirectory(t)
  fs.mkdirSync(`${dir}/root`)
  const writer = writerIn(t, `${dir}/root`)
  const names = [
    '',
    '.',
    '..',
    '../x',
    'a/../../x',
    '/etc/x',
    'a//b',
    'a/',
    'nul\0',
    '\u012fetc',
    'x'.repeat(256),
  ]
  for (const name of names) {
    const hostile = name as ByteString
    for (const attempt of [
      () => writer.createFile(hostile, plain),
      () => writer.makeDirectory(hostile),
      () => writer.prepareSymlink(hostile, 'x' as ByteString, plain),
      () => writer.find(hostile),
      () => writer.prepareNode(hostile, { ...plain, kind: 'fifo' }, { major: 0, minor: 0 }),
    ]) {
      assert.throws(attempt, (problem) => isFailure(problem, 'name.hostile'), name)
    }
  }
  assert.equal(shell('cd "$1"; find . -type f -o -type l -o -type p', dir), '')
})

test('names that only look hostile are restored (A13, A18)', (t) => {
  const dir = temporaryDirectory(t)
  const writer = writerIn(t, dir)
  const names = [
    '...',
    '..a',
    '-rf',
    '__proto__',
    'constructor',
    'C:\\x',
    'CON',
    '\x1b[31m',
    ' ',
    '\xff',
    'x'.repeat(255),
  ]
  for (const name of names) {
    const metadata = { ...plain }
    const prepared = writer.completeFile(writer.createFile(name as ByteString, metadata), metadata)
    writer.place(prepared, 'new')
  }
  assert.deepEqual(fs.readdirSync(dir, 'latin1').sort(), [...names].sort())
})

test('links in place of directories, and at the end of a path, are never followed (A14, A15)', (t) => {
  const dir = temporaryDirectory(t)
  shell(
    'mkdir "$1/root" "$1/outside" "$1/root/real"; cd "$1/root"; ln -s ../outside link; ln -s ../outside/f file; ln -s . self',
    dir,
  )
  const writer = writerIn(t, `${dir}/root`, everything, 2)
  for (const name of ['link/x', 'link/deep/x', 'self/self/link/x']) {
    assert.throws(() => put(writer, name, { content: 'x' }), { reason: 'swapped' }, name)
  }
  assert.throws(() => writer.makeDirectory(byteStringFromText('link')), { reason: 'swapped' })
  assert.throws(() => writer.openExisting(byteStringFromText('file')), { reason: 'swapped' })
  assert.throws(() => put(writer, 'file', { content: 'x' }), { reason: 'exists' })
  put(writer, 'file', { content: 'x', placing: 'replace' })
  assert.deepEqual(fs.readdirSync(`${dir}/outside`), [])
  assert.ok(fs.lstatSync(`${dir}/root/file`).isFile())
})

// The other process: a directory, a link to the outside, and back, as fast as it can. Each step may
// meet a directory that the writer made meanwhile, so each may fail alone.
const SWAPPER = `
  const fs = require('node:fs')
  process.chdir(process.argv[1])
  const step = (act) => { try { act() } catch {} }
  for (let i = 0; ; i++) {
    step(() => fs.renameSync('a', 'a' + i))
    step(() => fs.symlinkSync('../outside', 'a'))
    step(() => fs.unlinkSync('a'))
    step(() => fs.renameSync('a' + i, 'a'))
  }`

test('nothing lands outside while another process swaps directories for links (A15)', async (t) => {
  // In memory where possible: what counts is how often the two meet.
  const dir = temporaryDirectory(t, fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir())
  shell('mkdir -p "$1/root/a/b" "$1/outside/b"', dir)
  const swapper = spawn(process.execPath, ['-e', SWAPPER, `${dir}/root`], { stdio: 'ignore' })
  t.after(() => swapper.kill('SIGKILL'))
  let written = 0
  let refused = 0
  for (let i = 0; i < 50_000 && (i < 2000 || written < 100 || refused < 100); i++) {
    using writer = newWriter(`${dir}/root`)
    try {
      put(writer, `a/b/${i}`, { content: 'secret' })
      written++
    } catch (problem) {
      assert.match(String(Object(problem).reason), /^(swapped|vanished)$/)
      refused++
    }
    if (i % 100 === 0) await new Promise((done) => setImmediate(done))
  }
  swapper.kill('SIGKILL')
  await new Promise((done) => swapper.once('exit', done))
  assert.deepEqual(shell('find "$1/outside" -type f', dir), '')
  assert.ok(
    written > 0 && refused > 0,
    `${written} written, ${refused} refused: the race took place`,
  )
})

test('a name that is taken is kept or replaced, as asked (F4)', (t) => {
  const dir = temporaryDirectory(t)
  shell('cd "$1"; printf old > f; mkdir d; ln -s d l', dir)
  const writer = writerIn(t, dir)
  for (const name of ['f', 'd', 'l']) {
    assert.throws(() => put(writer, name, { content: 'new' }), { code: 'EEXIST', reason: 'exists' })
  }
  assert.throws(() => put(writer, 'd', { content: 'new', placing: 'replace' }), {
    reason: 'exists',
  })
  put(writer, 'f', { content: 'new', placing: 'replace' })
  put(writer, 'l', { content: 'new', placing: 'replace' })
  assert.equal(shell('cd "$1"; cat f l; ls -A d', dir), 'newnew')
  const leftovers = fs
    .readdirSync(dir)
    .filter((name) => writer.isLeftover(byteStringFromText(name)))
  assert.equal(leftovers.length, 4, 'what was not placed is the caller’s to discard')
})

test('what is discarded leaves nothing (F6)', (t) => {
  const dir = temporaryDirectory(t)
  const writer = writerIn(t, dir)
  const file = writer.createFile(byteStringFromText('f'), plain)
  writer.write(file, new Uint8Array(10), 0)
  writer.discardFile(file)
  writer.discard(
    writer.prepareSymlink(byteStringFromText('l'), byteStringFromText('x'), {
      ...plain,
      kind: 'symlink',
    }),
  )
  const broken = { ...plain, kind: 'fifo', xattrs: Uint8Array.of(9) } as const
  assert.throws(
    () => writer.prepareNode(byteStringFromText('p'), broken, { major: 0, minor: 0 }),
    (problem) => isFailure(problem, 'tree.malformed'),
  )
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('a further name is made of the very file this job made, or of none (A14)', (t) => {
  const dir = temporaryDirectory(t)
  const writer = writerIn(t, dir)
  const name = byteStringFromText('sub/f')
  const file = writer.createFile(name, plain)
  const identity = writer.identify(file)
  writer.place(writer.completeFile(file, plain), 'new')
  const again = byteStringFromText('again')
  writer.place(writer.prepareLink(again, name, identity), 'new')
  writer.place(writer.prepareLink(again, name, identity), 'replace')
  assert.equal(shell('cd "$1"; stat -c %h again sub/f; ls -A | wc -l', dir), '2\n2\n2\n')

  for (const swap of ['ln -s /etc/passwd sub/f', 'printf other > sub/f']) {
    shell(`cd "$1"; rm sub/f; ${swap}`, dir)
    assert.throws(() => writer.prepareLink(byteStringFromText('third'), name, identity), {
      reason: 'swapped',
    })
  }
  assert.equal(fs.existsSync(`${dir}/third`), false)
})

test('a file with further names is not written in place: they may be elsewhere (A14)', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t)
  shell(
    'mkdir "$1/root"; cd "$1"; printf secret > outside; ln outside root/f; printf old > root/g; mkfifo root/p',
    dir,
  )
  const writer = writerIn(t, `${dir}/root`)
  assert.equal(writer.openExisting(byteStringFromText('f')), undefined)
  assert.equal(writer.openExisting(byteStringFromText('p')), undefined)
  const file = writer.openExisting(byteStringFromText('g'))
  assert.ok(file)
  writer.write(file, new Uint8Array(Buffer.from('EW')), 1)
  writer.setSize(file, 3)
  assert.deepEqual(writer.completeExisting(file, plain), [])
  assert.equal(shell('cat "$1/root/g"; stat -c %.9Y "$1/root/g"', dir), 'oEW1.000000002\n')
})

test('a deep tree is written with few descriptors (A17)', (t) => {
  const dir = temporaryDirectory(t)
  const before = fs.readdirSync('/proc/self/fd').length
  const writer = writerIn(t, dir, everything, 4)
  const deep = Array.from({ length: 100 }, () => 'd'.repeat(100)).join('/')
  for (const at of ['', '/x', '/y/z']) put(writer, `${deep}${at}/f`, { content: 'end' })
  put(writer, 'top', { content: 'x' })
  put(writer, `${deep}/g`, { content: 'end' })
  assert.ok(fs.readdirSync('/proc/self/fd').length <= before + 5)
  assert.equal(shell('find "$1" -type f | wc -l', dir), '5\n')
})

test('a full disk, a read-only disk and a forbidden place are told apart (F6)', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t)
  fs.mkdirSync(`${dir}/m`)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'holdfast-test', `${dir}/m`], {
      stdio: 'pipe',
    })
  } catch (problem) {
    t.skip(`mounting is not allowed here: ${problem}`)
    return
  }
  try {
    using writer = newWriter(`${dir}/m`)
    const file = writer.createFile(byteStringFromText('f'), plain)
    assert.throws(() => writer.write(file, new Uint8Array(100_000), 0), {
      code: 'ENOSPC',
      reason: 'full',
    })
    writer.discardFile(file)
    execFileSync('mount', ['-o', 'remount,ro', `${dir}/m`])
    assert.throws(() => writer.createFile(byteStringFromText('f'), plain), {
      code: 'EROFS',
      reason: 'readOnly',
    })
  } finally {
    execFileSync('umount', ['-l', `${dir}/m`])
  }
  const writer = writerIn(t, dir)
  process.seteuid?.(65534)
  try {
    assert.throws(() => writer.createFile(byteStringFromText('f'), plain), {
      code: 'EACCES',
      reason: 'denied',
    })
  } finally {
    process.seteuid?.(0)
  }
})

test('an attribute the target cannot hold is told, and the file is there (F6)', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t)
  const xattrs = encodeXattrs([
    { name: byteStringFromText('user.large'), value: new Uint8Array(60_000) },
  ])
  const writer = writerIn(t, dir)
  const shortfalls = put(writer, 'f', { content: 'x', metadata: { ...plain, xattrs } })
  const stored = execFileSync('getfattr', ['-d', `${dir}/f`], { encoding: 'utf8' }) !== ''
  assert.deepEqual(
    shortfalls.map(({ what, reason }) => [what, reason]),
    stored ? [] : [['xattr', 'full']],
  )
  assert.equal(fs.readFileSync(`${dir}/f`, 'utf8'), 'x')
})

test('writing closes what it opens', (t) => {
  const dir = temporaryDirectory(t)
  const writer = writerIn(t, dir)
  put(writer, 'd/f', { content: 'x' })
  const before = fs.readdirSync('/proc/self/fd').length
  for (let i = 0; i < 20; i++) {
    put(writer, `d/${i}`, { content: 'x' })
    assert.throws(() => put(writer, `f\0`, { content: '' }))
    writer.discard(
      writer.prepareSymlink(byteStringFromText(`l${i}`), byteStringFromText('x'), {
        ...plain,
        kind: 'symlink',
      }),
    )
    const file = writer.openExisting(byteStringFromText('d/f'))
    if (file) closeDescriptor(file.fd)
  }
  assert.equal(fs.readdirSync('/proc/self/fd').length, before)
})
