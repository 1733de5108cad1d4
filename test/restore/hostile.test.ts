// F6, A13, A14, A17: points written by an enemy, and an enemy at the target while we restore.
import { deepEqual, equal, ok } from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ByteString, byteStringFromText, bytesOf, displayName } from '#base'
import {
  compareKeys,
  type Entry,
  type EntryKind,
  type Extras,
  encodeBranch,
  encodeExtras,
  encodeXattrs,
  LeafBuilder,
  type Piece,
  type TreeRoot,
} from '#engine'
import { conflictRules, type RestoreOutcome } from '#jobs'
import { type PointHand, pictureOf, RestoreWorld } from './restore-world.ts'

type Row = {
  readonly dir?: string
  readonly name: string
  readonly kind?: EntryKind
  readonly extras?: Extras
  readonly size?: number
  readonly mode?: number
  readonly nlink?: number
  readonly ino?: number
  readonly mtimeSec?: number
  readonly inconsistent?: boolean
}

function entryOf({
  dir = '',
  name,
  kind = 'file',
  extras = {},
  size,
  mode,
  nlink,
  ino,
  mtimeSec = 1000,
  inconsistent = false,
}: Row): Entry {
  const isDirectory = kind === 'directory'
  return {
    dir: dir as ByteString,
    name: name as ByteString,
    kind,
    mode: mode ?? (isDirectory ? 0o755 : 0o644),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    user: '',
    group: '',
    nlink: nlink ?? 1,
    size: size ?? extras.inline?.length ?? 0,
    mtimeSec,
    mtimeNsec: 0,
    ctimeSec: 1000,
    ctimeNsec: 0,
    inoLow: ino ?? 1,
    inoHigh: 0,
    inconsistent,
    extra: encodeExtras(extras),
  }
}

const evil: Extras = { inline: bytesOf(byteStringFromText('evil')) }
const linkTo = (target: string): Extras => ({ linkTarget: bytesOf(byteStringFromText(target)) })

/** Stands in for a byte that the encoder refuses in a name; the finished leaf gets the real one. */
const standIns = { '\xf1': '/', '\xf2': '\0' } as const

/** A tree of one leaf with rows that the product would never write. */
function leafOf(hand: PointHand, rows: readonly Row[]): TreeRoot {
  const builder = new LeafBuilder()
  const entries = [...rows.map(entryOf)].sort(compareKeys)
  for (const entry of entries) builder.add({ kind: 'entry', entry, replacesBytes: undefined })
  const bytes = builder.finish().map((byte) => {
    const real = standIns[String.fromCharCode(byte) as keyof typeof standIns]
    return real === undefined ? byte : real.charCodeAt(0)
  })
  return { id: hand.node(bytes), sums: builder.sums }
}

const root: Row = { name: '', kind: 'directory' }

/** The target lies in a room with canaries; whatever an escape changes is seen. */
async function attack(
  world: RestoreWorld,
  rows: readonly Row[],
  options = {},
): Promise<{
  readonly outcome: RestoreOutcome
  readonly target: string
  readonly names: readonly string[]
}> {
  const room = world.makeFolder('room')
  const target = world.makeFolder('room/target')
  fs.mkdirSync(join(room, 'outside'))
  fs.writeFileSync(join(room, 'canary'), 'alive')
  fs.writeFileSync(join(room, 'outside/canary'), 'alive')
  const before = pictureOf(room)
    .split('\n')
    .filter((line) => !line.includes('target'))
  const point = await world.handMade(async (hand) => leafOf(hand, rows))
  const outcome = await world.restore(point, target, options)
  const after = pictureOf(room)
    .split('\n')
    .filter((line) => !line.includes('target'))
  deepEqual(after, before, 'nothing outside the target has changed')
  const names = fs.readdirSync(target, { recursive: true, encoding: 'latin1' }).sort()
  return { outcome, target, names }
}

test('A13: names that climb, are absolute, hold a slash or a NUL, or are too long are refused and named', async (context) => {
  const world = await RestoreWorld.make(context)
  const hostile = [
    '..',
    '.',
    '\xf1etc\xf1passwd',
    '..\xf1..\xf1canary',
    'a\xf1b',
    'nul\xf2byte',
    'x'.repeat(256),
  ]
  const rows = [
    root,
    { name: 'good', extras: evil },
    ...hostile.map((name) => ({ name, extras: evil })),
  ]
  for (const kind of ['file', 'directory', 'symlink', 'fifo'] as const) {
    const extras = kind === 'symlink' ? linkTo('../canary') : kind === 'file' ? evil : {}
    const given = rows.map((row) =>
      row.name === '' || row.name === 'good' ? row : { ...row, kind, extras },
    )
    const { outcome, names } = await attack(world, given, { onConflict: 'overwrite' })
    equal(outcome.status, 'partial')
    deepEqual(names, ['good'])
    equal(outcome.failures.length, hostile.length)
    deepEqual(new Set(outcome.failures.map(({ code }) => code)), new Set(['name.hostile']))
  }
})

test('A13: directories whose key climbs out take nothing with them', async (context) => {
  const world = await RestoreWorld.make(context)
  for (const dir of [
    '..\0',
    'a\0..\0..\0',
    '\xf1etc\0',
    'a\xf1..\xf1..\0',
    '.\0',
    '\0',
    'no end',
  ]) {
    const { outcome, names } = await attack(world, [root, { dir, name: 'canary', extras: evil }], {
      onConflict: 'overwrite',
    })
    equal(outcome.status, 'partial', JSON.stringify(dir))
    deepEqual(names, [], JSON.stringify(dir))
  }
})

test('A14: entries below a link of the point are not written through it', async (context) => {
  const world = await RestoreWorld.make(context)
  for (const [target, rule] of [
    ['../outside', 'skip'],
    ['../outside', 'overwrite'],
    ['.', 'overwrite'],
    ['/tmp', 'newer'],
  ] as const) {
    const rows: Row[] = [
      root,
      { name: 'door', kind: 'symlink', extras: linkTo(target) },
      { dir: 'door\0', name: 'canary', extras: evil },
      { dir: 'door\0', name: 'more', kind: 'symlink', extras: linkTo('../outside/canary') },
      { dir: 'door\0more\0', name: 'deep', extras: evil },
    ]
    const { outcome, target: folder } = await attack(world, rows, { onConflict: rule })
    equal(outcome.status, 'partial', rule)
    equal(fs.existsSync('/tmp/canary'), false)
    // Either the link or a folder of the restore's own stands there, never content behind the link.
    ok(
      fs.lstatSync(join(folder, 'door')).isSymbolicLink() ||
        fs.readdirSync(join(folder, 'door')).length > 0,
    )
  }
})

test('A14: links that stand at the target are no way out, under any rule', async (context) => {
  const world = await RestoreWorld.make(context)
  for (const onConflict of conflictRules) {
    world.makeFolder('room')
    const target = world.makeFolder('room/target')
    const outside = world.makeFolder('room/outside')
    fs.writeFileSync(join(outside, 'file'), 'alive')
    fs.symlinkSync(outside, join(target, 'folder'))
    fs.symlinkSync(join(outside, 'file'), join(target, 'file'))
    fs.linkSync(join(outside, 'file'), join(target, 'hard'))
    const before = pictureOf(outside)
    const rows: Row[] = [
      root,
      { name: 'file', extras: evil },
      { name: 'folder', kind: 'directory' },
      { name: 'hard', extras: evil },
      { dir: 'folder\0', name: 'file', extras: evil },
      { dir: 'folder\0', name: 'new', extras: evil },
    ]
    const point = await world.handMade(async (hand) => leafOf(hand, rows))
    await world.restore(point, target, { onConflict })
    equal(pictureOf(outside), before, onConflict)
  }
})

test('A14: hard links lead to what this job made, never to what stands under the path', async (context) => {
  const world = await RestoreWorld.make(context)
  const rows: Row[] = [
    root,
    {
      name: 'a',
      kind: 'symlink',
      extras: { ...linkTo('../canary'), linkDevice: '1' },
      nlink: 2,
      ino: 7,
    },
    { name: 'b', extras: { linkDevice: '1' }, nlink: 3, ino: 7 },
    { name: 'c', extras: { linkDevice: '1' }, nlink: 3, ino: 7 },
    {
      name: 'd',
      kind: 'symlink',
      extras: { ...linkTo('../canary'), linkDevice: '1' },
      nlink: 3,
      ino: 7,
    },
  ]
  const { target } = await attack(world, rows, { onConflict: 'overwrite' })
  equal(fs.lstatSync(join(target, 'b')).isFile(), true)
  equal(fs.statSync(join(target, 'b')).ino, fs.statSync(join(target, 'c')).ino)
  equal(fs.lstatSync(join(target, 'b')).nlink, 2)
})

test('B5: names of one device and inode number that differ in anything are files of their own', async (context) => {
  const world = await RestoreWorld.make(context)
  const numbers = { nlink: 9, ino: 7 }
  const one: Extras = { inline: bytesOf(byteStringFromText('one')), linkDevice: '1' }
  const two: Extras = { inline: bytesOf(byteStringFromText('two')), linkDevice: '1' }
  const rows: Row[] = [
    root,
    { name: 'a', extras: one, ...numbers },
    { name: 'b', extras: two, ...numbers },
    { name: 'c', extras: one, ...numbers },
    { name: 'd', extras: two, ...numbers },
    { name: 'e', extras: one, ...numbers, mode: 0o600 },
    { name: 'f', extras: one, ...numbers, inconsistent: true },
    { name: 'g', extras: one, ...numbers, mtimeSec: 2000 },
    { name: 'h', extras: { ...one, xattrs: encodeXattrs([]) }, ...numbers },
    { name: 'i', extras: { ...one, linkDevice: '2' }, ...numbers },
  ]
  const { target, names } = await attack(world, rows)
  const first = new Map<number, string>()
  const groups = names.map((name) => {
    const { ino } = fs.statSync(join(target, name))
    first.set(ino, first.get(ino) ?? name)
    return `${name} ${fs.readFileSync(join(target, name), 'latin1')} as ${first.get(ino)}`
  })
  deepEqual(groups, [
    'a one as a',
    'b two as b',
    'c one as a',
    'd two as b',
    ...['e', 'f', 'g', 'h', 'i'].map((name) => `${name} one as ${name}`),
  ])
})

test('A17: false lengths, endless piece lists and mad sizes fail their files and no others', async (context) => {
  const world = await RestoreWorld.make(context)
  const target = world.makeFolder('target')
  const point = await world.handMade(async (hand) => {
    const bytes = new Uint8Array(5000).fill(7)
    const id = await hand.chunk(bytes)
    const whole: Piece = { kind: 'chunk', id, bytes: 5000 }
    return leafOf(hand, [
      root,
      { name: 'good', extras: { pieces: [whole] }, size: 5000 },
      { name: 'longer', extras: { pieces: [{ ...whole, bytes: 6000 }] }, size: 6000 },
      { name: 'shorter', extras: { pieces: [{ ...whole, bytes: 4000 }] }, size: 4000 },
      { name: 'not its size', extras: { pieces: [whole] }, size: 7000 },
      {
        name: 'vast',
        extras: { pieces: [{ kind: 'zeros', bytes: 2 ** 50 }, whole] },
        size: 2 ** 50 + 5000,
      },
      { name: 'no content', size: 100 },
      { name: 'inline lies', extras: evil, size: 5 },
      { name: 'bad crc', extras: { pieces: [whole, whole], crc32: 1 }, size: 10_000 },
      { name: 'two', extras: { pieces: [whole, whole] }, size: 10_000 },
      { name: 'no list', extras: { pieceLists: [id] }, size: 5000 },
      { name: 'bad list', extras: { pieceLists: [hand.node(new Uint8Array(7))] }, size: 7 },
      { name: 'bad attributes', extras: { ...evil, xattrs: new Uint8Array(3).fill(9) }, size: 4 },
      { name: 'bad device', kind: 'charDevice', extras: { rdev: { major: 2 ** 40, minor: 1 } } },
    ])
  })
  const outcome = await world.restore(point, target).catch((problem) => problem)
  ok(!(outcome instanceof Error), String(outcome))
  equal(outcome.status, 'partial')
  deepEqual(fs.readdirSync(target).sort(), ['good', 'two'])
  ok(fs.readFileSync(join(target, 'two')).equals(Buffer.alloc(10_000, 7)))
  const failed = outcome.failures
    .map(({ path }: { readonly path: ByteString }) => displayName(path))
    .sort()
  deepEqual(failed, [
    'bad attributes',
    'bad crc',
    'bad device',
    'bad list',
    'inline lies',
    'longer',
    'no content',
    'no list',
    'not its size',
    'shorter',
    'vast',
  ])
})

test('A17: a tree that leads back to itself ends, and is in the report', async (context) => {
  const world = await RestoreWorld.make(context)
  const target = world.makeFolder('target')
  const point = await world.handMade(async (hand) => {
    const leaf = leafOf(hand, [root, { name: 'a', extras: evil }])
    const first = { dir: '' as ByteString, name: '' as ByteString }
    // An id is a hash of what it names, so a real circle cannot be made; a branch on a branch of its own level can.
    const inner = hand.node(encodeBranch({ level: 1, children: [{ first, ...leaf }] }))
    const id = hand.node(
      encodeBranch({ level: 1, children: [{ first, id: inner, sums: leaf.sums }] }),
    )
    return { id, sums: leaf.sums }
  })
  const outcome = await world.restore(point, target)
  equal(outcome.status, 'partial')
  deepEqual(
    outcome.failures.map(({ code }) => code),
    ['tree.malformed'],
  )
  deepEqual(fs.readdirSync(target), [])
})
