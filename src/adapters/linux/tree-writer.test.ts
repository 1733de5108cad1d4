import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ByteString, byteString, byteStringFromText, isFailure } from '#base'
import { decodeListing, encodeXattrs, KIND_CODE, type ListingEntry } from '#engine'
import { closeDescriptor } from './descriptors.ts'
import type { EntryMetadata, Shortfall, WritePermissions } from './entry-metadata.ts'
import { readInodeFlags } from './inode-flags.ts'
import { listDirectory } from './list-directory.ts'
import { closeEntry, nextData, openEntry, readAt, readLinkTarget } from './read-file.ts'
import { type Placing, TreeWriter } from './tree-writer.ts'
import { readXattrs } from './xattr-calls.ts'

const root = process.getuid?.() === 0 ? false : 'needs root'

const everything: WritePermissions = {
  owner: true,
  setIds: true,
  devices: true,
  privilegedXattrs: true,
  inodeFlags: true,
}
const nothing: WritePermissions = {
  owner: false,
  setIds: false,
  devices: false,
  privilegedXattrs: false,
  inodeFlags: false,
}
const plain: EntryMetadata = {
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeSec: 1,
  mtimeNsec: 2,
}

function temporaryDirectory(t: TestContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-write-'))
  t.after(() => {
    shell('chattr -R -f -i -a "$1" || true', dir)
    fs.rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

function newWriter(dir: string, permissions = everything, openDirectoriesMax = 256): TreeWriter {
  const job = '0123456789abcdef'
  return new TreeWriter(byteStringFromText(dir), { permissions, job, openDirectoriesMax })
}

function writerIn(t: TestContext, ...options: Parameters<typeof newWriter>): TreeWriter {
  const writer = newWriter(...options)
  t.after(() => writer[Symbol.dispose]())
  return writer
}

type NewContent = {
  readonly content: string
  readonly metadata?: EntryMetadata
  readonly placing?: Placing
}

function put(
  writer: TreeWriter,
  name: string,
  { content, metadata = plain, placing = 'new' }: NewContent,
): Shortfall[] {
  const file = writer.createFile(byteStringFromText(name), metadata)
  writer.write(file, new Uint8Array(Buffer.from(content)), 0)
  const prepared = writer.completeFile(file, metadata)
  return [...prepared.shortfalls, ...writer.place(prepared, placing)]
}

/** The rest of a restore, small: everything below `source` put below the writer's root. */
function copyTree(source: ByteString, writer: TreeWriter, below: ByteString): Shortfall[] {
  const shortfalls: Shortfall[] = []
  const links = new Map<bigint, { path: ByteString; identity: { dev: bigint; ino: bigint } }>()
  const visit = (from: ByteString, to: ByteString) => {
    for (const entry of decodeListing(listDirectory(from).bytes)) {
      const here = `${from}/${entry.name}` as ByteString
      const there = (to === '' ? entry.name : `${to}/${entry.name}`) as ByteString
      const metadata = metadataOf(here, entry)
      if (entry.kind === 'directory') {
        assert.equal(writer.makeDirectory(there), 'made')
        visit(here, there)
        shortfalls.push(...writer.finishDirectory(there, metadata))
        continue
      }
      const first = links.get(entry.ino)
      if (first) {
        writer.place(writer.prepareLink(there, first.path, first.identity), 'new')
        continue
      }
      shortfalls.push(...copyEntry(here, there, entry, metadata))
    }
  }
  const copyEntry = (
    here: ByteString,
    there: ByteString,
    entry: ListingEntry,
    metadata: EntryMetadata,
  ): readonly Shortfall[] => {
    if (entry.kind === 'file') {
      const file = writer.createFile(there, metadata)
      copyContent(here, Number(entry.size), (bytes, at) => writer.write(file, bytes, at))
      writer.setSize(file, Number(entry.size))
      if (entry.nlink > 1) links.set(entry.ino, { path: there, identity: writer.identify(file) })
      const prepared = writer.completeFile(file, metadata)
      return [...prepared.shortfalls, ...writer.place(prepared, 'new')]
    }
    const prepared =
      entry.kind === 'symlink'
        ? writer.prepareSymlink(there, targetOf(here), metadata)
        : writer.prepareNode(there, metadata, {
            major: Number(entry.rdev >> 8n) & 0xfff,
            minor: minorOf(entry.rdev),
          })
    if (!('spot' in prepared)) return [prepared]
    return [...prepared.shortfalls, ...writer.place(prepared, 'new')]
  }
  visit(source, below)
  return shortfalls
}

function minorOf(rdev: bigint): number {
  return Number((rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n))
}

function metadataOf(
  here: ByteString,
  { kind, mode, uid, gid, mtimeSec, mtimeNsec }: ListingEntry,
): EntryMetadata {
  assert.ok(kind)
  const entry = openEntry(here, KIND_CODE[kind])
  try {
    const withFlags = kind === 'file' || kind === 'directory'
    return {
      ...{ kind, mode, uid, gid, mtimeNsec },
      mtimeSec: Number(mtimeSec),
      xattrs: readXattrs(entry).bytes,
      inodeFlags: withFlags ? readInodeFlags(entry.fd, here) : undefined,
    }
  } finally {
    closeEntry(entry)
  }
}

function copyContent(
  here: ByteString,
  size: number,
  write: (bytes: Uint8Array, at: number) => void,
): void {
  const entry = openEntry(here, KIND_CODE.file)
  for (let at = 0; ; ) {
    const extent = nextData(entry, at, size)
    if (!extent) break
    const into = new Uint8Array(extent.to - extent.from)
    readAt(entry, { into, at: 0, length: into.length, position: extent.from })
    write(into, extent.from)
    at = extent.to
  }
  closeEntry(entry)
}

function targetOf(here: ByteString): ByteString {
  const entry = openEntry(here, KIND_CODE.symlink)
  const target = byteString(readLinkTarget(entry))
  closeEntry(entry)
  return target
}

function shell(script: string, ...args: string[]): string {
  return execFileSync('bash', ['-ec', script, 'bash', ...args], {
    encoding: 'latin1',
    maxBuffer: 2 ** 26,
  })
}

/** Everything about a tree that tools which are not ours can tell. */
function describe(dir: string): string {
  return shell(
    `cd "$1"
    find . -mindepth 1 -printf '%p %y %m %U %G %n %s %T@ %l\\n' | LC_ALL=C sort
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    find . -mindepth 1 -type b,c -print0 | LC_ALL=C sort -z | xargs -0 -r stat -c '%n %t %T'
    find . -mindepth 1 -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - -e hex
    find . -mindepth 1 -not -type l -print0 | LC_ALL=C sort -z | xargs -0 getfacl -n -p
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 getcap
    find . -mindepth 1 -type f,d -print0 | LC_ALL=C sort -z | xargs -0 lsattr -d | tr -d e
    find . -type f -printf '%p %b\\n' | LC_ALL=C sort`,
    dir,
  )
}

test('a tree of everything arrives as tools that are not ours see it (B5)', {
  skip: root,
}, async (t) => {
  const dir = temporaryDirectory(t)
  const source = `${dir}/source`
  shell(
    `mkdir -p "$1/sub/deep" "$1/shared"; cd "$1"
    printf content > file; ln file sub/hardlink; ln file sub/deep/third
    printf 'x' > $'n\\xff\\xfe\\n name'; mkdir $'d\\xe9'; printf y > $'d\\xe9/inside'
    truncate -s 3M sparse; printf data | dd of=sparse bs=1 seek=1000000 conv=notrunc status=none
    ln -s ../nowhere link; ln -s $'\\xff/t' bytelink; mkfifo fifo; mknod char c 10 200; mknod block b 259 300000
    chown -h 123:456 link fifo; chown 4000000000:77 file
    printf prog > suid; chown 33:33 suid; chmod 6755 suid; printf cap > cap; setcap cap_net_raw+ep cap
    setfattr -n user.a -v 1 file; setfattr -n trusted.t -v 2 sub; setfattr -h -n trusted.l -v 3 link
    setfacl -m u:1234:rwx,g:9:r sub/deep; setfacl -d -m u:1234:rx sub; setfacl -m u:7:r sparse
    chmod 2770 shared; chmod 1777 sub; printf n > shared/new; chattr +d file; chattr +A sub; printf imm > immutable
    touch -d '1960-05-05 05:05:05.123456789 UTC' file; touch -h -d '2300-01-01 00:00:00.000000001 UTC' link
    touch -d '2001-02-03 04:05:06.7 UTC' fifo $'d\\xe9' shared; chattr +i immutable; chattr +a shared`,
    source,
  )
  const server = net.createServer().listen(`${source}/socket`)
  server.unref()
  await new Promise((done) => server.once('listening', done))

  const target = `${dir}/target`
  fs.mkdirSync(target)
  const shortfalls = copyTree(byteStringFromText(source), writerIn(t, target), '' as ByteString)
  await new Promise((done) => server.close(done))
  assert.deepEqual(shortfalls, [{ what: 'socket', reason: 'stripped', detail: 'a socket' }])
  assert.equal(describe(target), describe(source))
})

test('what is not allowed is stripped and told, the rest is restored (A16)', {
  skip: root,
}, (t) => {
  const dir = temporaryDirectory(t)
  shell(
    `mkdir "$1/source" "$1/target"; cd "$1/source"
    printf a > f; setfattr -n user.u -v 1 f; setfattr -n trusted.t -v 1 f; setcap cap_net_raw+ep f
    chown 1:1 f; setcap cap_net_raw+ep f; mknod c c 1 3; printf s > s; chown 1:1 s; chmod 6755 s
    chattr +A f; printf i > i; chattr +i i`,
    dir,
  )
  const writer = writerIn(t, `${dir}/target`, nothing)
  const shortfalls = copyTree(byteStringFromText(`${dir}/source`), writer, '' as ByteString)
  assert.deepEqual(shortfalls, [
    { what: 'device', reason: 'stripped', detail: 'charDevice 1:3' },
    { what: 'xattr', reason: 'stripped', detail: 'security.capability' },
    { what: 'xattr', reason: 'stripped', detail: 'trusted.t' },
    { what: 'inodeFlags', reason: 'stripped', detail: '0x80' },
    { what: 'inodeFlags', reason: 'stripped', detail: '0x10' },
    { what: 'setIds', reason: 'stripped', detail: '06000' },
  ])
  assert.equal(
    shell('cd "$1/target"; stat -c "%n %a %u %g" *; getfattr -d -m - f; getcap f', dir),
    'f 644 0 0\ni 644 0 0\ns 755 0 0\n# file: f\nuser.u="1"\n\n',
  )
})

test('a file never becomes setuid for an owner it should not have (A16)', { skip: root }, (t) => {
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

test('an ACL that the target would pass on is not inherited (B5)', { skip: root }, (t) => {
  const dir = temporaryDirectory(t)
  shell('setfacl -d -m u:1234:rwx,m::rwx "$1"', dir)
  const writer = writerIn(t, dir)
  put(writer, 'f', { content: 'x', metadata: { ...plain, mode: 0o640 } })
  writer.makeDirectory(byteStringFromText('d'))
  writer.finishDirectory(byteStringFromText('d'), { ...plain, kind: 'directory', mode: 0o710 })
  assert.equal(
    shell('cd "$1"; getfacl -c -n f d; stat -c %a f d', dir),
    'user::rw-\ngroup::r--\nother::---\n\nuser::rwx\ngroup::--x\nother::---\n\n640\n710\n',
  )
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

test('nothing lands outside while another process swaps directories for links (A15)', {
  timeout: 60_000,
}, async (t) => {
  const dir = temporaryDirectory(t)
  shell('mkdir -p "$1/root/a/b" "$1/outside/b"', dir)
  // The other process: a directory, a link to the outside, and back, as fast as it can.
  const swapper = spawn(
    process.execPath,
    [
      '-e',
      `const fs = require('node:fs'); process.chdir(process.argv[1] + '/root'); fs.symlinkSync('../outside', 'l')
       for (;;) { try { fs.renameSync('a', 'x'); fs.renameSync('l', 'a'); fs.renameSync('a', 'l'); fs.renameSync('x', 'a') } catch {} }`,
      dir,
    ],
    { stdio: 'ignore' },
  )
  t.after(() => swapper.kill('SIGKILL'))
  let written = 0
  let refused = 0
  for (let i = 0; i < 6000 && (i < 2000 || written < 100 || refused < 100); i++) {
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

test('a file with further names is not written in place: they may be elsewhere (A14)', (t) => {
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
  skip: root,
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
  skip: root,
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
