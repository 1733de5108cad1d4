import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { byteString, byteStringFromText } from '#base'
import { decodeXattrs, encodeXattrs, KIND_CODE, type ListedKind } from '#engine'
import { changeInodeFlags, readInodeFlags } from './inode-flags.ts'
import { findRecord } from './listing-records.ts'
import {
  closeEntry,
  compareWithListing,
  type Extent,
  nextData,
  openEntry,
  readAt,
  readLinkTarget,
  type SinceListed,
} from './read-file.ts'
import { type OpenEntry, readXattrs, setXattr } from './xattr-calls.ts'

const root = process.getuid?.() === 0 ? false : 'needs root'

function temporaryDirectory(t: TestContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-read-'))
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }))
  return dir
}

function open(t: TestContext, file: string, kind: ListedKind): OpenEntry {
  const entry = openEntry(byteStringFromText(file), KIND_CODE[kind])
  t.after(() => closeEntry(entry))
  return entry
}

function recordOf(file: string): DataView {
  const record = findRecord(byteStringFromText(file))
  assert.ok(record)
  return new DataView(record.buffer)
}

test('a file is read into its place, past its end nothing', (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/f`, 'content')
  const entry = open(t, `${dir}/f`, 'file')
  const into = new Uint8Array(new SharedArrayBuffer(100), 8, 80)
  assert.equal(readAt(entry, { into, at: 2, length: 50, position: 3 }), 4)
  assert.equal(Buffer.from(into.subarray(0, 8)).toString('latin1'), '\0\0tent\0\0')
  assert.equal(readAt(entry, { into, at: 0, length: 10, position: 1000 }), 0)
})

test('reading a file leaves its access time alone', (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/f`, 'content')
  fs.utimesSync(`${dir}/f`, 1000, 2000)
  readAt(open(t, `${dir}/f`, 'file'), {
    into: new Uint8Array(100),
    at: 0,
    length: 100,
    position: 0,
  })
  assert.equal(fs.statSync(`${dir}/f`).atimeMs, 1_000_000)
})

test('a link or a FIFO in a file’s place is neither followed nor waited for (B6, A15)', (t) => {
  const dir = temporaryDirectory(t)
  fs.symlinkSync('/etc/passwd', `${dir}/link`)
  assert.throws(() => open(t, `${dir}/link`, 'file'), { code: 'ELOOP', reason: 'swapped' })
  fs.writeFileSync(`${dir}/f`, '')
  const listed = recordOf(`${dir}/f`)
  fs.renameSync(`${dir}/f`, `${dir}/g`)
  execFileSync('mkfifo', [`${dir}/f`])
  assert.equal(compareWithListing(open(t, `${dir}/f`, 'file'), listed, 0), 'replaced')
})

test('a change while a file is read is noticed, whatever it is (B6)', (t) => {
  const dir = temporaryDirectory(t)
  const file = `${dir}/f`
  const seen: SinceListed[] = []
  const changes: readonly (() => void)[] = [
    () => undefined,
    () => fs.appendFileSync(file, 'more'),
    // Same size, and a time set back: ctime tells.
    () => {
      const { atime, mtime } = fs.statSync(file)
      fs.writeFileSync(file, 'CONTENT')
      fs.utimesSync(file, atime, mtime)
    },
    () => fs.chmodSync(file, 0o600),
    () => {
      fs.writeFileSync(`${dir}/new`, 'content')
      fs.renameSync(`${dir}/new`, file)
    },
  ]
  for (const change of changes) {
    fs.writeFileSync(file, 'content')
    // Kernels before 6.13 stamp times once per clock tick only.
    execFileSync('sleep', ['0.02'])
    const listed = recordOf(file)
    const first = openEntry(byteStringFromText(file), KIND_CODE.file)
    change()
    seen.push(compareWithListing(first, listed, 0))
    closeEntry(first)
    seen.push(compareWithListing(open(t, file, 'file'), listed, 0))
  }
  assert.deepEqual(seen, [
    ...['same', 'same'],
    ...['changed', 'changed'],
    ...['changed', 'changed'],
    ...['changed', 'changed'],
    ...['changed', 'replaced'],
  ])
})

test('the data of a sparse file is found, its holes are not (B5)', (t) => {
  const dir = temporaryDirectory(t)
  const size = 3 * 2 ** 32
  const fd = fs.openSync(`${dir}/sparse`, 'w')
  fs.writeSync(fd, Buffer.alloc(5000, 1), 0, 5000, 1_048_576)
  fs.writeSync(fd, Buffer.alloc(10, 1), 0, 10, 2 ** 33)
  fs.ftruncateSync(fd, size)
  fs.closeSync(fd)
  const entry = open(t, `${dir}/sparse`, 'file')
  const found: Extent[] = []
  for (let at = 0; ; ) {
    const extent = nextData(entry, at, size)
    if (!extent) break
    found.push(extent)
    at = extent.to
  }
  assert.deepEqual(found, [
    { from: 1_048_576, to: 1_048_576 + 8192 },
    { from: 2 ** 33, to: 2 ** 33 + 4096 },
  ])
})

test('link targets are bytes (B5)', (t) => {
  const dir = temporaryDirectory(t)
  const target = Buffer.from('caf\xe9/\xff\x01', 'latin1')
  fs.symlinkSync(target, `${dir}/link`)
  assert.deepEqual(Buffer.from(readLinkTarget(open(t, `${dir}/link`, 'symlink'))), target)
  fs.writeFileSync(`${dir}/f`, '')
  assert.throws(() => readLinkTarget(open(t, `${dir}/f`, 'symlink')), { reason: 'swapped' })
})

test('attributes, ACLs and capabilities are read as setfattr, setfacl and setcap set them (B5)', {
  skip: root,
}, (t) => {
  const dir = temporaryDirectory(t)
  const file = `${dir}/f`
  fs.writeFileSync(file, '')
  execFileSync('setfattr', ['-n', 'user.zebra', '-v', '0x00ff10', file])
  execFileSync('setfattr', ['-n', 'user.empty', file])
  execFileSync('setfattr', ['-n', 'user.\u00e4', '-v', 'utf8', file])
  execFileSync('setfattr', ['-n', 'trusted.t', '-v', 'x', file])
  execFileSync('setfacl', ['-m', 'u:1234:rw,g:77:r', file])
  execFileSync('setcap', ['cap_net_raw+ep', file])
  execFileSync('setfacl', ['-d', '-m', 'u:1234:rwx', dir])

  const read = readXattrs(open(t, file, 'file'))
  assert.deepEqual(read.unread, [])
  const shown = decodeXattrs(read.bytes).map(
    ({ name, value }) => `${name}=0x${Buffer.from(value).toString('hex')}`,
  )
  assert.deepEqual(shown, listByGetfattr(file))
  assert.deepEqual(
    decodeXattrs(readXattrs(open(t, dir, 'directory')).bytes).map((x) => x.name),
    ['system.posix_acl_default'],
  )
})

/** What getfattr(1) says, in the order of name bytes. */
function listByGetfattr(file: string): readonly string[] {
  const out = execFileSync(
    'getfattr',
    ['-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', file],
    { encoding: 'latin1' },
  )
  const lines = out.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines
    .map((line) =>
      line.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .map((line) => (line.endsWith('=""') ? line.replace('=""', '=0x') : line))
    .map((line) => (line.includes('=') ? line : `${line}=0x`))
    .sort()
}

test('attributes of a link are its own, not those of what it points to (B5)', {
  skip: root,
}, (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/f`, '')
  fs.symlinkSync('f', `${dir}/link`)
  execFileSync('mkfifo', [`${dir}/fifo`])
  execFileSync('setfattr', ['-n', 'trusted.file', '-v', 'file', `${dir}/f`])
  execFileSync('setfattr', ['-h', '-n', 'trusted.link', '-v', 'link', `${dir}/link`])
  const link = open(t, `${dir}/link`, 'symlink')
  const value = new Uint8Array(Buffer.from('set'))
  setXattr(link, { name: byteString(Buffer.from('trusted.\xff', 'latin1')), value })
  setXattr(open(t, `${dir}/fifo`, 'fifo'), { name: byteStringFromText('trusted.fifo'), value })
  assert.deepEqual(
    decodeXattrs(readXattrs(link).bytes).map((x) => x.name),
    ['trusted.link', 'trusted.\xff'],
  )
  assert.deepEqual(listByGetfattr(`${dir}/fifo`), ['trusted.fifo=0x736574'])
  assert.deepEqual(listByGetfattr(`${dir}/f`), ['trusted.file=0x66696c65'])
})

test('a file without attributes, and a file system without any, give no bytes', (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/f`, '')
  assert.deepEqual(readXattrs(open(t, `${dir}/f`, 'file')), { bytes: encodeXattrs([]), unread: [] })
  assert.equal(readXattrs(open(t, `/proc/${process.pid}/stat`, 'file')).bytes.length, 0)
})

test('inode flags are those of lsattr, and none where there are none (B5)', { skip: root }, (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/f`, '')
  execFileSync('chattr', ['+dA', `${dir}/f`])
  const name = byteStringFromText('f')
  const { fd } = open(t, `${dir}/f`, 'file')
  assert.equal(readInodeFlags(fd, name), 0xc0)
  changeInodeFlags(fd, name, { flags: 0x48, mask: 0xc8 })
  assert.match(execFileSync('lsattr', [`${dir}/f`], { encoding: 'utf8' }), /^--S---d-/)
  assert.equal(readInodeFlags(open(t, `/proc/${process.pid}/stat`, 'file').fd, name), undefined)
})
