import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  createWriteStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { type ByteString, byteString, byteStringFromText, concatBytes } from '#base'
import type { ArchiveEntry, ArchiveWriter } from '#ports'
import { tarArchive } from './tar-archive.ts'
import { zipArchive } from './zip-archive.ts'
import {
  centralRecord,
  dataDescriptor,
  endRecords,
  localHeader,
  type ZipMember,
} from './zip-records.ts'

const { signal } = new AbortController()
const text = byteStringFromText

type Member = Partial<Omit<ArchiveEntry, 'path' | 'size'>> & { readonly content?: Uint8Array }

function entryOf(path: ByteString, { content, ...facts }: Member): ArchiveEntry {
  return {
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: 'root',
    group: 'root',
    mtimeSec: 1_700_000_001,
    mtimeNsec: 0,
    linkTarget: undefined,
    hardLinkTo: undefined,
    rdev: undefined,
    xattrs: [],
    ...facts,
    path,
    size: facts.hardLinkTo === undefined ? (content?.length ?? 0) : 0,
  }
}

async function* inParts(content: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000)
}

async function write(
  file: string,
  make: (stream: Writable) => ArchiveWriter,
  members: readonly (readonly [ByteString, Member])[],
): Promise<void> {
  const stream = createWriteStream(file)
  const archive = make(stream)
  for (const [path, member] of members) {
    const entry = entryOf(path, member)
    equal(archive.findObstacle(entry), undefined)
    await archive.add(entry, inParts(member.content ?? new Uint8Array()), signal)
  }
  await archive.finish(signal)
  await new Promise((done) => stream.end(done))
}

function scratch(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-archive-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function noise(length: number): Uint8Array {
  let seed = 12345
  return new Uint8Array(length).map(() => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return seed >>> 16
  })
}

const badName = byteString(Uint8Array.of(0x62, 0xff, 0xfe, 0x0a, 0x62))
const longName = text(`${'long/'.repeat(30)}${'n'.repeat(200)}é`)

function everyKind(content: Uint8Array): [ByteString, Member][] {
  const levels = Array.from({ length: 30 }, (_, i) => text('long/'.repeat(i + 1).slice(0, -1)))
  return [
    [text(''), { kind: 'directory', mode: 0o750 }],
    [text('dir'), { kind: 'directory', mode: 0o1777, mtimeSec: 1, mtimeNsec: 1 }],
    ...levels.map((path): [ByteString, Member] => [path, { kind: 'directory', mode: 0o755 }]),
    [longName, { content }],
    [badName, { content: utf8('bytes') }],
    [text('old'), { content: utf8('x'), mtimeSec: -2, mtimeNsec: 500_000_000 }],
    [text('ns'), { content: utf8('y'), mtimeNsec: 123_456_789 }],
    [text('suid'), { mode: 0o4711, uid: 70_000, gid: 3_000_000, user: 'wörker', group: '' }],
    [text('link'), { kind: 'symlink', mode: 0o777, linkTarget: text('../../etc/passwd') }],
    [text('hard'), { hardLinkTo: longName }],
    [text('pipe'), { kind: 'fifo' }],
    [text('null'), { kind: 'charDevice', rdev: { major: 1, minor: 3 } }],
    [text('sparse'), { content: new Uint8Array(1_000_000) }],
    [
      text('attrs'),
      {
        xattrs: [
          { name: text('user.bytes'), value: Uint8Array.of(0, 255, 10, 61) },
          { name: text('user.a=b%c'), value: utf8('v') },
        ],
      },
    ],
  ]
}

/** Making devices and giving files away is for root. */
const needsRoot = { skip: process.getuid?.() === 0 ? false : 'only root can restore owners' }

test(
  'B5 a tar is what GNU tar compares equal with the files, nanoseconds and attributes too',
  needsRoot,
  async (t) => {
    const folder = scratch(t)
    const from = join(folder, 'from')
    const content = noise(300_001)
    const archive = join(folder, 'a.tar')
    await write(archive, tarArchive, everyKind(content))
    mkdirSync(from)
    const tar = (...args: string[]) =>
      spawnSync(
        'tar',
        ['--numeric-owner', '--xattrs', '--xattrs-include=*', ...args, '-f', archive, '-C', from],
        {
          encoding: 'utf8',
        },
      )
    const out = tar('-x', '-p')
    equal(out.stderr.replace(/^.*implausibly old time stamp.*\n/m, ''), '')
    equal(out.status, 0)
    equal(tar('-d').status, 0)
    const stat = (name: string) => lstatSync(join(from, name), { bigint: true })
    equal(stat('ns').mtimeNs, 1_700_000_001_123_456_789n)
    equal(stat('old').mtimeNs, -1_500_000_000n)
    equal(stat('dir').mtimeNs, 1_000_000_001n)
    deepEqual(
      [stat('suid').mode & 0o7777n, stat('suid').uid, stat('suid').gid],
      [0o4711n, 70_000n, 3_000_000n],
    )
    equal(
      stat('hard').ino,
      stat(new TextDecoder().decode(Uint8Array.from(longName, (c) => c.charCodeAt(0)))).ino,
    )
    ok(readdirSync(from, { encoding: 'latin1' }).includes(badName))
    equal(Buffer.compare(readFileSync(join(from, 'hard')), content), 0)
    const attrs = execFileSync('getfattr', [
      '--absolute-names',
      '-d',
      '-e',
      'hex',
      join(from, 'attrs'),
    ])
    ok(attrs.includes('user.bytes=0x00ff0a3d') && attrs.includes('user.a\\075b%c=0x76'))
  },
)

test('B5 Python reads the same from the tar', async (t) => {
  const archive = join(scratch(t), 'a.tar')
  await write(archive, tarArchive, [
    [longName, { content: noise(1000), user: 'wörker', mtimeNsec: 5 }],
    [badName, { kind: 'symlink', linkTarget: badName }],
  ])
  const script = `
import sys, tarfile, json
out = []
for m in tarfile.open(sys.argv[1], encoding='utf-8', errors='surrogateescape'):
    out.append([m.name.encode('utf-8', 'surrogateescape').hex(), m.linkname.encode('utf-8', 'surrogateescape').hex(), m.type.decode(), m.size, m.uname, repr(m.mtime)])
print(json.dumps(out))`
  const read: unknown = JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script, archive], { encoding: 'utf8' }),
  )
  const hex = (name: ByteString) => Buffer.from(name, 'latin1').toString('hex')
  deepEqual(read, [
    [hex(longName), '', '0', 1000, 'wörker', '1700000001.0'],
    [hex(badName), hex(badName), '2', 0, 'root', '1700000001'],
  ])
})

test('a zip passes unzip -t and Python, with modes, links and large members', async (t) => {
  const folder = scratch(t)
  const archive = join(folder, 'a.zip')
  const big = noise(3_000_000)
  await write(archive, zipArchive, [
    [text(''), { kind: 'directory' }],
    [text('dir'), { kind: 'directory', mode: 0o755 }],
    [text('dir/é.txt'), { content: utf8('hello '.repeat(1000)), mode: 0o600 }],
    [text('dir/empty'), {}],
    [text('dir/old'), { content: utf8('x'), mtimeSec: -86_400 }],
    [text('big'), { content: big }],
    [text('link'), { kind: 'symlink', mode: 0o777, linkTarget: text('dir/é.txt') }],
    [text('..\\..\\evil'), { content: utf8('e') }],
    [badName, { content: utf8('bytes') }],
  ])
  execFileSync('unzip', ['-tq', archive])
  const script = `
import sys, zipfile, json, hashlib
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, oct(i.external_attr >> 16), i.file_size, hashlib.sha256(z.read(i)).hexdigest()[:8]] for i in z.infolist()]))`
  const read: [string, string, number, string][] = JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script, archive], { encoding: 'utf8' }),
  )
  deepEqual(
    read.slice(0, -1).map(([name, mode, size]) => [name, mode, size]),
    [
      ['dir/', '0o40755', 0],
      ['dir/é.txt', '0o100600', 6000],
      ['dir/empty', '0o100644', 0],
      ['dir/old', '0o100644', 1],
      ['big', '0o100644', 3_000_000],
      ['link', '0o120777', 10],
      ['..%5C..%5Cevil', '0o100644', 1],
    ],
  )
  const out = join(folder, 'out')
  execFileSync('unzip', ['-q', archive, '-d', out])
  equal(Buffer.compare(readFileSync(join(out, 'big')), big), 0)
  equal(lstatSync(join(out, 'dir/é.txt')).mtimeMs, 1_700_000_001_000)
  ok(lstatSync(join(out, 'link')).isSymbolicLink())
})

test('sixty-five thousand members of a zip, more than its old form can count', async (t) => {
  const archive = join(scratch(t), 'a.zip')
  const members = Array.from({ length: 65_600 }, (_, i): [ByteString, Member] => [
    text(`f${i}`),
    {},
  ])
  await write(archive, zipArchive, members)
  const script = 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))'
  const count = execFileSync('/usr/bin/python3', ['-c', script, archive], { encoding: 'utf8' })
  equal(count.trim(), '65600')
})

test('members of a zip beyond four gigabytes have sizes and places of 64 bits', async (t) => {
  const archive = join(scratch(t), 'a.zip')
  const file = openSync(archive, 'w')
  const content = utf8('after')
  const alike = { isUtf8: true, mode: 0o100644, mtimeSec: 0, method: 'stored' } as const
  const huge: ZipMember = {
    ...alike,
    name: utf8('huge'),
    crc32: 0,
    rawBytes: 4_300_000_000,
    packedBytes: 4_300_000_000,
    isStreamed: true,
    isZip64: true,
    offset: 0,
  }
  const small = { rawBytes: 5, packedBytes: 5, crc32: crc32(content), isStreamed: false }
  // The content of the first is a hole: only places and sizes matter here.
  const descriptorAt = localHeader(huge).length + huge.packedBytes
  const after: ZipMember = {
    ...alike,
    ...small,
    name: utf8('after'),
    isZip64: false,
    offset: descriptorAt + dataDescriptor(huge).length,
  }
  const directoryAt = after.offset + localHeader(after).length + content.length
  const records = [centralRecord(huge), centralRecord(after)]
  const bytes = records.reduce((sum, { length }) => sum + length, 0)
  const end = endRecords({ members: 2, offset: directoryAt, bytes })
  writeSync(file, localHeader(huge), 0, undefined, 0)
  writeSync(file, dataDescriptor(huge), 0, undefined, descriptorAt)
  writeSync(
    file,
    concatBytes([localHeader(after), content, ...records, end]),
    0,
    undefined,
    after.offset,
  )
  closeSync(file)
  const listed = execFileSync('unzip', ['-l', archive], { encoding: 'utf8' })
  ok(listed.includes('4300000000') && listed.includes('after'))
  equal(execFileSync('unzip', ['-p', archive, 'after'], { encoding: 'utf8' }), 'after')
  const script = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print([i.file_size for i in z.infolist()], z.read('after'), z.open('huge').read(3))`
  const read = execFileSync('/usr/bin/python3', ['-c', script, archive], { encoding: 'utf8' })
  equal(read.trim(), "[4300000000, 5] b'after' b'\\x00\\x00\\x00'")
})

test('content that fails or is short ends an archive without its end', async (t) => {
  const folder = scratch(t)
  for (const [name, make] of [
    ['tar', tarArchive],
    ['zip', zipArchive],
  ] as const) {
    for (const size of [100, 2_000_000]) {
      const file = join(folder, `${name}-${size}`)
      const stream = createWriteStream(file)
      const archive = make(stream)
      async function* broken(): AsyncIterable<Uint8Array> {
        yield noise(size - 1)
        throw new Error('damaged')
      }
      const entry = { ...entryOf(text('f'), {}), size }
      await rejects(archive.add(entry, broken(), signal), /damaged/)
      const short = make(createWriteStream(`${file}-short`))
      await rejects(short.add(entry, inParts(noise(size - 1)), signal), { code: 'object.damaged' })
      await new Promise((done) => stream.end(done))
      const check = name === 'tar' ? ['tar', ['-tf', file]] : ['unzip', ['-tq', file]]
      equal(
        spawnSync(check[0] as string, check[1] as string[]).status === 0,
        false,
        `${name} ${size}`,
      )
    }
  }
})

test('a slow reader holds the writer back', async () => {
  const pipe = new PassThrough({ highWaterMark: 64 * 1024 })
  const archive = tarArchive(pipe)
  let given = 0
  async function* content(): AsyncIterable<Uint8Array> {
    for (; given < 40; given++) yield new Uint8Array(1_000_000)
  }
  const entry = { ...entryOf(text('f'), {}), size: 40_000_000 }
  const added = archive.add(entry, content(), signal)
  await new Promise((done) => setTimeout(done, 50))
  ok(given <= 2, `${given} megabytes were taken while nobody read`)
  pipe.resume()
  await added
  equal(given, 40)
})

test('nobody reads any more: the writer stops with target.refused', async () => {
  const gone = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) })
  const archive = tarArchive(gone)
  const entry = { ...entryOf(text('f'), {}), size: 5_000_000 }
  await rejects(archive.add(entry, inParts(noise(5_000_000)), signal), (problem: unknown) => {
    return problem instanceof Error && /EPIPE|closed/.test(String(problem.message))
  })
})

function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}
