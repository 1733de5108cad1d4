import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { type ByteString, bytesOf, concatBytes } from '#base'
import { encodeXattrs, type KnownPoint } from '#engine'
import { type ArchiveEntry, type ArchiveWriter, silentReporter } from '#ports'
import { type Described, signal, text, World } from '../browse/browse-world.test.ts'
import { getEntry } from '../browse/point-rows.ts'
import { dumpArchive } from './dump-archive.ts'
import { dumpFile } from './dump-file.ts'
import { FileContent } from './file-content.ts'

type Reader = Parameters<typeof dumpFile>[0]

async function bytesFrom(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return concatBytes(parts)
}

/** Keeps what it is given. */
class ListArchive implements ArchiveWriter {
  readonly keepsHardLinks: boolean = true
  readonly added: [ArchiveEntry, string][] = []
  finished = false

  findObstacle({ kind }: ArchiveEntry): string | undefined {
    return kind === 'fifo' ? 'no pipes here' : undefined
  }

  async add(entry: ArchiveEntry, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.added.push([entry, new TextDecoder('latin1').decode(await bytesFrom(content))])
  }

  async finish(): Promise<void> {
    this.finished = true
  }
}

async function dump(reader: Reader, known: KnownPoint, path: string, archive = new ListArchive()) {
  const ports = { reader, archive, reporter: silentReporter }
  const outcome = await dumpArchive(ports, { point: known.point, path: text(path) }, signal)
  return { archive, outcome, paths: archive.added.map(([entry]) => entry.path) }
}

const content = new Uint8Array(300_000).map((_, i) => (i * i * 31) >> 5)
const folder: readonly (readonly [string, Described])[] = [
  ['', { kind: 'directory' }],
  ['a', { kind: 'directory', mode: 0o700 }],
]

test('a file comes out as it went in: inline, chunks, holes, empty', async () => {
  const world = await World.make()
  const holes = [100_000, content.subarray(0, 1000), 1_000_000, content.subarray(7, 5000)]
  const whole = concatBytes(holes.map((p) => (typeof p === 'number' ? new Uint8Array(p) : p)))
  const known = await world.point(
    new Map([
      ...folder,
      ['a/inline', { content: 'hello' }],
      ['a/large', { content, crc32: crc32(content) }],
      ['a/holes', { pieces: holes, crc32: crc32(whole) }],
      ['a/empty', {}],
    ]),
  )
  const reader = await world.reader()
  const read = async (path: string) =>
    await bytesFrom(await dumpFile(reader, { point: known.point, path: text(path) }, signal))
  deepEqual(await read('a/inline'), bytesOf(text('hello')))
  equal(Buffer.compare(await read('a/large'), content), 0)
  equal(Buffer.compare(await read('a/holes'), whole), 0)
  deepEqual(await read('a/empty'), new Uint8Array())
  await rejects(read('a'), { code: 'usage.invalid' })
  await rejects(read('a/none'), { code: 'path.not-found' })
})

test('any range of a file is that part of it', async () => {
  const world = await World.make()
  const holes = [100_000, content, 50_000, content.subarray(0, 100)]
  const whole = concatBytes(holes.map((p) => (typeof p === 'number' ? new Uint8Array(p) : p)))
  const known = await world.point(new Map([...folder, ['f', { pieces: holes }]]))
  const reader = await world.reader()
  const file = new FileContent(reader, await getEntry(reader, known.point, text('f'), signal))
  let seed = 5
  for (let i = 0; i < 300; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    const offset = seed % (whole.length + 10)
    const length = (seed >>> 8) % 200_000
    const part = await bytesFrom(file.range({ offset, length }, signal))
    equal(Buffer.compare(part, whole.subarray(offset, offset + length)), 0, `${offset}+${length}`)
  }
})

test('a damaged or missing chunk is an error, never zeros, and so are a wrong length and CRC-32', async () => {
  const world = await World.make()
  const known = await world.point(
    new Map([
      ...folder,
      ['good', { content }],
      ['crc', { content: content.subarray(1), crc32: 1 }],
      ['long', { content: content.subarray(2), size: content.length }],
      ['short', { content: content.subarray(3), size: 10_000 }],
    ]),
  )
  const read = async (path: string) => {
    const reader = await world.reader()
    return await bytesFrom(await dumpFile(reader, { point: known.point, path: text(path) }, signal))
  }
  await rejects(read('crc'), { code: 'object.damaged' })
  await rejects(read('long'), { code: 'object.damaged' })
  await rejects(read('short'), { code: 'object.damaged' })
  const packs = [...world.store.objects.keys()].filter((name) => name.startsWith('pack/'))
  for (const name of packs) {
    const bytes = world.store.objects.get(name)?.slice()
    if (bytes === undefined || bytes.length < 200_000) continue
    bytes[Math.floor(bytes.length / 3)] = (bytes[Math.floor(bytes.length / 3)] ?? 0) ^ 1
    world.store.objects.set(name, bytes)
  }
  const archive = new ListArchive()
  const reader = await world.reader()
  await rejects(dump(reader, known, '', archive), { code: 'object.damaged' })
  equal(archive.finished, false)
})

test('a folder becomes an archive: relative paths, links, devices, attributes; what cannot be in it is listed', async () => {
  const world = await World.make()
  const xattrs = encodeXattrs([{ name: text('user.x'), value: Uint8Array.of(1) }])
  const linked: Described = { content: 'shared', linkDevice: '8', inoLow: 77, nlink: 2 }
  const known = await world.point(
    new Map<string, Described>([
      ...folder,
      ['a/attrs', { xattrs }],
      ['a/dev', { kind: 'blockDevice', rdev: { major: 8, minor: 1 } }],
      ['a/first', linked],
      ['a/link', { kind: 'symlink', linkTarget: bytesOf(text('first')) }],
      ['a/second', linked],
      ['a/pipe', { kind: 'fifo' }],
      ['a/sock', { kind: 'socket' }],
      ['a/stale', { ...linked, content: 'read at another time' }],
      ['a/stale mode', { ...linked, mode: 0o600 }],
      ['a/sub', { kind: 'directory' }],
      ['a/sub/deep', { content: 'deep' }],
      ['b', { content: 'outside' }],
    ]),
  )
  const reader = await world.reader()
  const { archive, outcome, paths } = await dump(reader, known, 'a')
  deepEqual(paths, [
    '',
    'attrs',
    'dev',
    'first',
    'link',
    'second',
    'stale',
    'stale mode',
    'sub',
    'sub/deep',
  ])
  equal(archive.finished, true)
  deepEqual(outcome.failures, [{ path: 'pipe', reason: 'unsupported', detail: 'no pipes here' }])
  deepEqual([outcome.entries, outcome.bytes], [10, 36])
  const of = (path: string) => archive.added.find(([entry]) => entry.path === path)
  equal(of('')?.[0].mode, 0o700)
  deepEqual(
    of('attrs')?.[0].xattrs.map(({ name }) => name),
    ['user.x'],
  )
  deepEqual(of('dev')?.[0].rdev, { major: 8, minor: 1 })
  equal(of('link')?.[0].linkTarget, 'first')
  deepEqual(
    [of('second')?.[0].hardLinkTo, of('second')?.[0].size, of('second')?.[1]],
    ['first', 0, ''],
  )
  deepEqual([of('stale')?.[0].hardLinkTo, of('stale')?.[1]], [undefined, 'read at another time'])
  const single = await dump(reader, known, 'b')
  deepEqual([single.paths, single.archive.added[0]?.[1]], [['b'], 'outside'])
  class NoLinks extends ListArchive {
    override readonly keepsHardLinks = false
  }
  const full = await dump(reader, known, 'a', new NoLinks())
  equal(of('stale mode')?.[0].hardLinkTo, undefined, 'metadata differs')
  equal(full.archive.added.find(([entry]) => entry.path === 'second')?.[1], 'shared')
})

test('A13 hostile names do not get into an archive', async () => {
  const world = await World.make()
  const hostile = ['..', '.', 'a/../../x'] as const
  const known = await world.point(
    new Map<string, Described>([
      ...folder,
      ...hostile.map((path) => [path, { content: 'evil' }] as const),
    ]),
  )
  const { paths, outcome } = await dump(await world.reader(), known, '')
  deepEqual(paths, ['', 'a'] as ByteString[])
  equal(outcome.failures.length, 3)
})
