import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { byteString, byteStringFromText, toHex } from '#base'
import { decodeExtras, decodeListing, decodeXattrs, inlineBytesMax } from '#engine'
import type { CapturedEntry } from '#ports'
import {
  captured,
  captureOne,
  openWorld,
  readChunks,
  request,
  signal,
} from './source-world.test.ts'

const isRoot = process.getuid?.() === 0
const needsRoot = isRoot ? false : 'needs root'

test('content of every size comes back as it is: none, inline, chunks', async (t) => {
  const { folder, tree } = openWorld(t)
  for (const size of [0, 1, inlineBytesMax, inlineBytesMax + 1, 5000, 70_000, 1_000_000]) {
    const content = Buffer.alloc(size, `content of ${size} bytes, again and again. `)
    writeFileSync(`${folder}/f`, content)
    const read = await captureOne(tree, await request(tree, `${folder}/f`))
    const entry = captured(read.entry)
    equal(entry.stat.size, size)
    equal(entry.inconsistent, false)
    equal(entry.readBytes, size)
    equal(contentKind(entry), size === 0 ? 'none' : size <= inlineBytesMax ? 'inline' : 'chunk')
    if (size > 0) deepEqual(read.content, content)
  }
})

/** Where the content of a small file is. */
function contentKind(entry: CapturedEntry): 'none' | 'inline' | 'chunk' {
  const { inline, pieces } = decodeExtras(captured(entry).extra)
  return inline !== undefined ? 'inline' : pieces === undefined ? 'none' : 'chunk'
}

test('a batch keeps its order, and only the chunks asked for are sealed', async (t) => {
  const { folder, tree } = openWorld(t)
  const sizes = Array.from({ length: 300 }, (_, i) => (i * 37) % 3000)
  for (const [i, size] of sizes.entries())
    writeFileSync(`${folder}/${i}`, Buffer.alloc(size, `${i} `))
  const asked = await Promise.all(sizes.map((_, i) => request(tree, `${folder}/${i}`)))
  const batch = await tree.capture(asked, signal)
  deepEqual(
    batch.entries.map((entry) => captured(entry).stat.size),
    sizes,
  )
  const keep = [...batch.chunks.keys()].filter((chunk) => chunk % 3 === 1)
  const found = readChunks(await batch.encode(keep, signal))
  deepEqual(
    [...found.keys()],
    keep.map((chunk) => toHex(batch.chunks[chunk]?.id ?? new Uint8Array(0))),
  )
  for (const [i, entry] of batch.entries.entries()) {
    const [piece] = decodeExtras(captured(entry).extra).pieces ?? []
    const bytes = piece?.kind === 'chunk' ? found.get(toHex(piece.id)) : undefined
    if (bytes !== undefined) deepEqual(bytes, Buffer.alloc(sizes[i] ?? 0, `${i} `))
  }
  deepEqual(await batch.encode([], signal), [])
  batch.release()
})

test('links, FIFOs and directories bring what they are', async (t) => {
  const { folder, tree } = openWorld(t)
  symlinkSync('to/nowhere \u00e9', `${folder}/link`)
  execFileSync('mkfifo', [`${folder}/fifo`])
  mkdirSync(`${folder}/dir`, { mode: 0o750 })
  execFileSync('touch', ['-d', '@-2.5', `${folder}/dir`])
  const asked = await Promise.all(
    ['link', 'fifo', 'dir'].map((name) => request(tree, `${folder}/${name}`)),
  )
  const batch = await tree.capture(asked, signal)
  const [link, fifo, dir] = batch.entries.map(captured)
  equal(
    Buffer.from(decodeExtras(link?.extra ?? new Uint8Array(0)).linkTarget ?? []).toString(),
    'to/nowhere é',
  )
  equal(fifo?.stat.kind, 'fifo')
  equal(dir?.stat.kind, 'directory')
  deepEqual([dir?.stat.mode, dir?.stat.mtimeSec, dir?.stat.mtimeNsec], [0o750, -3, 500_000_000])
  equal(dir?.user, isRoot ? 'root' : dir?.user)
  batch.release()
})

test('device numbers are exact', { skip: needsRoot }, async (t) => {
  const { folder, tree } = openWorld(t)
  execFileSync('mknod', [`${folder}/d`, 'b', '511', '1048574'])
  const { entry } = await captureOne(tree, await request(tree, `${folder}/d`))
  deepEqual(decodeExtras(captured(entry).extra).rdev, { major: 511, minor: 1_048_574 })
})

test('attributes of files and directories are captured', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/f`, 'x'.repeat(1000))
  execFileSync('setfattr', ['-n', 'user.colour', '-v', 'green', `${folder}/f`])
  const { entry } = await captureOne(tree, await request(tree, `${folder}/f`))
  const { xattrs } = decodeExtras(captured(entry).extra)
  deepEqual(decodeXattrs(xattrs ?? new Uint8Array(0)), [
    { name: 'user.colour', value: new Uint8Array(Buffer.from('green')) },
  ])
})

test('B6: a file that changed since it was listed is captured as it is now', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/f`, 'old '.repeat(500))
  const asked = await request(tree, `${folder}/f`)
  appendFileSync(`${folder}/f`, 'new '.repeat(500))
  const { entry, content } = await captureOne(tree, asked)
  const { stat, inconsistent } = captured(entry)
  equal(inconsistent, false)
  equal(stat.size, 4000)
  equal(content?.toString(), 'old '.repeat(500) + 'new '.repeat(500))
})

test('B6: a file that another replaced by renaming is captured as the other', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/f`, 'old '.repeat(500))
  const asked = await request(tree, `${folder}/f`)
  writeFileSync(`${folder}/g`, 'saved '.repeat(100))
  renameSync(`${folder}/g`, `${folder}/f`)
  const { entry, content } = await captureOne(tree, asked)
  equal(captured(entry).stat.inoLow, statSync(`${folder}/f`).ino % 2 ** 32)
  equal(content?.toString(), 'saved '.repeat(100))
})

test('B6: a file that never holds still is inconsistent, and its size is that of its content', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/f`, 'x'.repeat(300_000))
  const writer = spawn(process.execPath, [
    '-e',
    `const fs = require('fs'); const fd = fs.openSync(process.argv[1], 'a')
     console.log('writing')
     for (let i = 1; ; i++) { fs.writeSync(fd, 'y'); if (i % 1000 === 0) fs.ftruncateSync(fd, 300000) }`,
    `${folder}/f`,
  ])
  t.after(() => writer.kill())
  await once(writer.stdout, 'data')
  let inconsistent = 0
  // On a busy machine the writer may rest during all tries of one capture.
  for (let i = 0; i < 2000 && inconsistent === 0; i++) {
    const { entry, content } = await captureOne(tree, await request(tree, `${folder}/f`))
    const found = captured(entry)
    equal(found.stat.size, content?.length)
    if (found.inconsistent) inconsistent++
  }
  ok(inconsistent > 0, 'a capture met the writer on every try')
})

test('a file that outgrew its batch is a failure, not a cut file', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/f`, 'small')
  const asked = await request(tree, `${folder}/f`)
  writeFileSync(`${folder}/f`, Buffer.alloc(8_000_000, 'large'))
  const { entry } = await captureOne(tree, asked)
  deepEqual(entry?.kind === 'failed' && entry.reason, 'changed')
  match(entry?.kind === 'failed' ? entry.detail : '', /grew to 8000000/)
})

test('a virtual file with less content than it says is kept with what it has', async (t) => {
  const { tree } = openWorld(t)
  const { entry, content } = await captureOne(
    tree,
    await request(tree, '/sys/kernel/mm/transparent_hugepage/enabled'),
  )
  const found = captured(entry)
  notEqual(content?.length, 4096)
  deepEqual([found.inconsistent, found.stat.size], [true, content?.length])
})

test('what is gone is vanished; a link, a FIFO in its place is captured as such and hangs nobody', async (t) => {
  const { folder, tree } = openWorld(t)
  for (const name of ['gone', 'link', 'fifo']) writeFileSync(`${folder}/${name}`, 'x'.repeat(1000))
  const asked = await Promise.all(
    ['gone', 'link', 'fifo'].map((name) => request(tree, `${folder}/${name}`)),
  )
  for (const name of ['gone', 'link', 'fifo']) rmSync(`${folder}/${name}`)
  symlinkSync('/etc/hostname', `${folder}/link`)
  execFileSync('mkfifo', [`${folder}/fifo`])
  const batch = await tree.capture(asked, signal)
  const [gone, link, fifo] = batch.entries
  deepEqual(gone?.kind === 'failed' && gone.reason, 'vanished')
  equal(captured(link).stat.kind, 'symlink')
  equal(captured(fifo).stat.kind, 'fifo')
  batch.release()
})

test('a directory replaced by a link does not lead to files elsewhere (A13)', async (t) => {
  const { folder, tree } = openWorld(t)
  for (const dir of ['mine', 'theirs']) mkdirSync(`${folder}/${dir}`)
  writeFileSync(`${folder}/mine/f`, 'mine')
  writeFileSync(`${folder}/theirs/f`, 'secret')
  const asked = await request(tree, `${folder}/mine/f`)
  renameSync(`${folder}/mine`, `${folder}/moved`)
  symlinkSync('theirs', `${folder}/mine`)
  const { entry, content } = await captureOne(tree, asked)
  deepEqual(entry?.kind === 'failed' && [entry.reason, entry.detail], [
    'changed',
    'open: something else stands here than was listed',
  ])
  equal(content, undefined)
})

test('a link put in the place of a directory is not walked into', async (t) => {
  const { folder, tree } = openWorld(t)
  mkdirSync(`${folder}/mine`)
  const before = statSync(`${folder}/mine`, { bigint: true })
  rmSync(`${folder}/mine`, { recursive: true })
  symlinkSync('/etc', `${folder}/mine`)
  const path = byteStringFromText(`${folder}/mine`)
  const page = await tree.list({ path, expected: { dev: before.dev, ino: before.ino } }, signal)
  deepEqual(page.kind === 'failed' && page.reason, 'changed')
})

test('what may not be read is denied, the rest of the batch is captured', {
  skip: needsRoot,
}, async (t) => {
  const { folder, tree } = openWorld(t)
  mkdirSync(`${folder}/closed`, { mode: 0o700 })
  writeFileSync(`${folder}/closed/f`, 'secret')
  writeFileSync(`${folder}/secret`, 'secret', { mode: 0o600 })
  writeFileSync(`${folder}/open`, 'open', { mode: 0o644 })
  const names = ['closed/f', 'secret', 'open']
  const asked = await Promise.all(names.map((name) => request(tree, `${folder}/${name}`)))
  execFileSync('chmod', ['755', folder])
  process.seteuid?.(65_534)
  try {
    const batch = await tree.capture(asked, signal)
    deepEqual(
      batch.entries.map((entry) => (entry.kind === 'failed' ? entry.reason : contentKind(entry))),
      ['denied', 'denied', 'inline'],
    )
    batch.release()
    const page = await tree.list(
      { path: byteStringFromText(`${folder}/closed`), expected: undefined },
      signal,
    )
    deepEqual(page.kind === 'failed' && page.reason, 'denied')
  } finally {
    process.seteuid?.(0)
  }
})

test('a directory of very many names comes in pages, in order', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/x`, '')
  mkdirSync(`${folder}/many`)
  const names = Array.from({ length: 9000 }, (_, i) => `name-${String(i).padStart(5, '0')}`)
  for (const name of names) linkSync(`${folder}/x`, `${folder}/many/${name}`)
  const path = byteStringFromText(`${folder}/many`)
  let page = await tree.list({ path, expected: undefined }, signal)
  const found: string[] = []
  let pages = 0
  while (page.kind === 'records') {
    pages++
    found.push(...listNames(page.records))
    if (page.next === undefined) break
    page = await page.next()
  }
  deepEqual([pages, found], [3, names])
})

function listNames(records: Uint8Array): readonly string[] {
  return decodeListing(records).map(({ name }) => String(name))
}

test('many lists at once all answer, failed ones among them', async (t) => {
  const { folder, tree } = openWorld(t)
  for (let i = 0; i < 60; i++) {
    mkdirSync(`${folder}/${i}`)
    writeFileSync(`${folder}/${i}/file-${i}`, '')
  }
  rmSync(`${folder}/17`, { recursive: true })
  const pages = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      tree.list({ path: byteStringFromText(`${folder}/${i}`), expected: undefined }, signal),
    ),
  )
  for (const [i, page] of pages.entries()) {
    if (i === 17) deepEqual(page.kind === 'failed' && page.reason, 'vanished')
    else deepEqual(page.kind === 'records' && listNames(page.records), [`file-${i}`])
  }
  equal(await tree.stat(byteString(Buffer.from(`${folder}/17`)), signal), undefined)
})
