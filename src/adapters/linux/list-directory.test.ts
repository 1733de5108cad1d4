import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ByteString, byteString, byteStringFromText } from '#base'
import { decodeListing, type ListingEntry } from '#engine'
import { DirectoryPages, listDirectory } from './list-directory.ts'
import { findRecord } from './listing-records.ts'

const root = process.getuid?.() === 0 ? false : 'needs root'

function temporaryDirectory(t: TestContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-list-'))
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }))
  return dir
}

function list(dir: string): readonly ListingEntry[] {
  return decodeListing(listDirectory(byteStringFromText(dir)).bytes)
}

/** What find(1) says of the entries of a directory, in our record's terms. */
function listByFind(dir: string): readonly string[] {
  const out = execFileSync(
    'find',
    [
      dir,
      '-mindepth',
      '1',
      '-maxdepth',
      '1',
      '-printf',
      '%y %m %U %G %n %s %T@ %C@ %i %D %b %f\\0',
    ],
    { encoding: 'latin1', maxBuffer: 2 ** 26 },
  )
  return out
    .split('\0')
    .filter((line) => line !== '')
    .sort()
}

const FIND_KIND = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  charDevice: 'c',
  blockDevice: 'b',
}

function likeFind(entry: ListingEntry): string {
  assert.ok(entry.kind)
  const time = (sec: bigint, nsec: number) => `${sec}.${String(nsec).padStart(9, '0')}0`
  return [
    FIND_KIND[entry.kind],
    entry.mode.toString(8),
    entry.uid,
    entry.gid,
    entry.nlink,
    entry.size,
    time(entry.mtimeSec, entry.mtimeNsec),
    time(entry.ctimeSec, entry.ctimeNsec),
    entry.ino,
    entry.dev,
    entry.blocks,
    entry.name,
  ].join(' ')
}

test('every kind of entry is listed as find(1) sees it (B5)', { skip: root }, async (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/file`, 'some content')
  fs.linkSync(`${dir}/file`, `${dir}/hard link`)
  fs.truncateSync(`${dir}/file`, 1_000_000)
  fs.mkdirSync(`${dir}/directory`)
  fs.symlinkSync('nowhere', `${dir}/symlink`)
  execFileSync('mkfifo', [`${dir}/fifo`])
  execFileSync('mknod', [`${dir}/char`, 'c', '5', '1'])
  execFileSync('mknod', [`${dir}/block`, 'b', '259', '300000'])
  const server = net.createServer().listen(`${dir}/socket`)
  await new Promise((done) => server.once('listening', done))
  t.after(() => server.close())
  fs.chmodSync(`${dir}/file`, 0o6751)
  fs.chownSync(`${dir}/directory`, 4_000_000_000, 12345)
  execFileSync('touch', ['-d', '2020-02-29 12:00:00.123456789', `${dir}/directory`])

  const entries = list(dir)
  assert.deepEqual(entries.map(likeFind).sort(), listByFind(dir))
  const device = entries.find((entry) => entry.name === 'block')
  assert.equal(device?.rdev, fs.lstatSync(`${dir}/block`, { bigint: true }).rdev)
})

test('names of any bytes are listed, sorted by their bytes (B5, A13)', (t) => {
  const dir = temporaryDirectory(t)
  const names = [
    '\xff\xfe',
    'a',
    'B',
    'Z\xc3\xa9',
    'e\xcc\x81',
    '\x01\x1b[31m',
    '__proto__',
    '-rf',
    'x'.repeat(255),
    '...',
    '.a',
    'n\nl',
  ]
  for (const name of names) fs.writeFileSync(Buffer.from(`${dir}/${name}`, 'latin1'), '')
  assert.deepEqual(
    list(dir).map((entry) => entry.name),
    [...names].sort(),
  )
})

test('a directory whose own path is not UTF-8 is listed (B5)', (t) => {
  const dir = temporaryDirectory(t)
  const inner = Buffer.from(`${dir}/caf\xe9`, 'latin1')
  fs.mkdirSync(inner)
  fs.writeFileSync(Buffer.concat([inner, Buffer.from('/x')]), '')
  assert.equal(listDirectory(byteString(inner)).count, 1)
})

test('times before 1970 and beyond 2038 keep their nanoseconds (B5)', (t) => {
  const dir = temporaryDirectory(t)
  for (const [name, date] of [
    ['early', '1960-01-01 00:00:00.000000001 UTC'],
    ['late', '2200-01-01 00:00:00.999999999 UTC'],
  ] as const) {
    fs.writeFileSync(`${dir}/${name}`, '')
    execFileSync('touch', ['-d', date, `${dir}/${name}`])
  }
  const [early, late] = list(dir)
  assert.deepEqual([early?.mtimeSec, early?.mtimeNsec], [-315619200n, 1])
  assert.deepEqual([late?.mtimeSec, late?.mtimeNsec], [7258118400n, 999_999_999])
})

test('a directory of many entries is listed whole, and an empty one as empty', (t) => {
  const dir = temporaryDirectory(t)
  for (let i = 0; i < 2000; i++) fs.writeFileSync(`${dir}/${i}${'-'.repeat(i % 230)}`, '')
  assert.deepEqual(list(dir).map(likeFind).sort(), listByFind(dir))
  fs.mkdirSync(`${dir}/empty`)
  assert.equal(listDirectory(byteStringFromText(`${dir}/empty`)).bytes.length, 0)
})

test('a directory swapped for a link or for another directory is not listed (B6, A15)', (t) => {
  const dir = temporaryDirectory(t)
  fs.mkdirSync(`${dir}/a`)
  fs.mkdirSync(`${dir}/outside`)
  const found = list(dir).find((entry) => entry.name === 'a')
  assert.ok(found)
  const inner = byteStringFromText(`${dir}/a`)
  assert.equal(listDirectory(inner, found).count, 0)

  fs.renameSync(`${dir}/a`, `${dir}/a.old`)
  assert.throws(() => listDirectory(inner, found), { code: 'ENOENT', reason: 'vanished' })
  fs.mkdirSync(`${dir}/a`)
  assert.throws(() => listDirectory(inner, found), { reason: 'swapped' })
  fs.rmdirSync(`${dir}/a`)
  fs.symlinkSync('outside', `${dir}/a`)
  assert.throws(() => listDirectory(inner, found), { reason: 'swapped' })
})

test('a path longer than the kernel takes at once is listed (A17)', (t) => {
  const dir = temporaryDirectory(t)
  const name = 'd'.repeat(200)
  const deep = execFileSync(
    'bash',
    [
      '-c',
      `cd "$0" && for i in $(seq 60); do mkdir ${name} && cd ${name}; done; touch end; pwd`,
      dir,
    ],
    { encoding: 'utf8' },
  ).trim()
  assert.ok(deep.length > 12_000)
  assert.deepEqual(
    list(deep).map((entry) => entry.name),
    ['end'],
  )
})

test('a name with NUL or beyond one byte never reaches the kernel (A13)', () => {
  for (const name of ['/tmp/\0x', '/tmp/\u012f']) {
    assert.throws(() => listDirectory(name as ByteString), { code: 'EINVAL' })
  }
})

test('listing leaves no descriptor open', (t) => {
  const dir = temporaryDirectory(t)
  list(dir)
  const before = fs.readdirSync('/proc/self/fd').length
  for (let i = 0; i < 50; i++) {
    list(dir)
    assert.throws(() => list(`${dir}/absent`), { code: 'ENOENT' })
    assert.throws(() => listDirectory(byteStringFromText(dir), { dev: 0n, ino: 0n }))
  }
  assert.equal(fs.readdirSync('/proc/self/fd').length, before)
})

test('a large directory comes in pages that together are the listing', (t) => {
  const dir = temporaryDirectory(t)
  for (let i = 0; i < 100; i++) fs.writeFileSync(`${dir}/${i}`, '')
  using pages = new DirectoryPages(byteStringFromText(dir))
  const entries: ListingEntry[] = []
  while (pages.remaining > 0) entries.push(...decodeListing(pages.nextPage(33).bytes))
  assert.deepEqual(entries, list(dir))
})

test('one path is examined without following a link at its end', (t) => {
  const dir = temporaryDirectory(t)
  fs.symlinkSync('/etc/passwd', `${dir}/link`)
  const record = findRecord(byteStringFromText(`${dir}/link`))
  assert.ok(record)
  assert.deepEqual(decodeListing(record), list(dir))
  assert.equal(findRecord(byteStringFromText(`${dir}/absent`)), undefined)
  fs.writeFileSync(`${dir}/file`, '')
  assert.throws(() => findRecord(byteStringFromText(`${dir}/file/x`)), { code: 'ENOTDIR' })
})

test('an entry that vanishes before it is examined has a record with its error (B6)', (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/gone`, '')
  fs.writeFileSync(`${dir}/here`, '')
  using pages = new DirectoryPages(byteStringFromText(dir))
  fs.unlinkSync(`${dir}/gone`)
  const [gone, here] = decodeListing(pages.nextPage(10).bytes)
  assert.deepEqual([gone?.name, gone?.error, gone?.kind], ['gone', 2, undefined])
  assert.deepEqual([here?.name, here?.error, here?.kind], ['here', 0, 'file'])
})
