import { deepEqual, equal, ok } from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { ftruncateSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { cutPoints, defaultChunkerParams, gearTable } from '#engine'
import type { LargePiece } from '#ports'
import { captured, keys, openWorld, readLarge, request, signal } from './source-world.test.ts'

const { maxBytes } = defaultChunkerParams

/** The same bytes for the same seed, without pattern. */
function noise(length: number, seed: number): Buffer {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, seed), Buffer.alloc(16))
  return cipher.update(Buffer.alloc(length))
}

test('a large file comes back byte for byte, cut where the specification cuts', async (t) => {
  const { folder, tree } = openWorld(t)
  const content = Buffer.concat([
    noise(4_000_000, 1),
    Buffer.alloc(3_000_000, 'text '),
    noise(2_345_678, 2),
  ])
  writeFileSync(`${folder}/f`, content)
  const file = await tree.open(await request(tree, `${folder}/f`), signal)
  const lengths: number[] = []
  const watched = {
    ...file,
    finish: file.finish.bind(file),
    close: file.close.bind(file),
    next: async (until: AbortSignal) => {
      const part = await file.next(until)
      for (const piece of part?.pieces ?? []) lengths.push(lengthOf(piece, part?.chunks ?? []))
      return part
    },
  }
  const read = await readLarge(watched)
  ok(read.content.equals(content))
  equal(read.crc32, crc32(content))
  ok(read.parts > 3)
  const ends = cutPoints(
    { bytes: content, isLast: true },
    defaultChunkerParams,
    gearTable(keys.gear),
  )
  deepEqual(
    lengths,
    [...ends].map((end, i) => end - (ends[i - 1] ?? 0)),
  )
  const entry = captured(read.entry)
  deepEqual([entry.stat.size, entry.inconsistent, entry.extra.length], [content.length, false, 0])
})

function lengthOf(piece: LargePiece, chunks: readonly { readonly bytes: number }[]): number {
  return piece.kind === 'zeros' ? piece.bytes : (chunks[piece.chunk]?.bytes ?? 0)
}

test('holes are not read and zeros not stored', async (t) => {
  const { folder, tree } = openWorld(t)
  const size = 3_000_000_000
  const fd = openSync(`${folder}/sparse`, 'w')
  const islands = [0, 5_000_000, 5_200_000, 777_777_777, size - 100_000]
  for (const [i, at] of islands.entries()) writeSync(fd, noise(100_000, i), 0, 100_000, at)
  ftruncateSync(fd, size)
  const file = await tree.open(await request(tree, `${folder}/sparse`), signal)
  let position = 0
  const found: { at: number; bytes: number }[] = []
  for (let part = await file.next(signal); part !== undefined; part = await file.next(signal)) {
    for (const piece of part.pieces) {
      const bytes = lengthOf(piece, part.chunks)
      if (piece.kind === 'chunk') found.push({ at: position, bytes })
      position += bytes
    }
    part.release()
  }
  equal(position, size)
  const stored = found.reduce((sum, { bytes }) => sum + bytes, 0)
  ok(stored < islands.length * 200_000, `${stored} bytes of content`)
  for (const at of islands) {
    const chunk = found.find((other) => other.at <= at && at < other.at + other.bytes)
    ok(chunk !== undefined, `the island at ${at} is content`)
  }
  const { entry, crc32: sum } = await file.finish(signal)
  equal(captured(entry).stat.size, size)
  equal(sum, crcOfIslands(islands, size))
  await file.close()
})

/** The whole checksum, a hundred megabytes of zeros at a time. */
function crcOfIslands(islands: readonly number[], size: number): number {
  const zeros = Buffer.alloc(100_000_000)
  let sum = 0
  let position = 0
  const skipTo = (to: number) => {
    for (; position < to; position += Math.min(zeros.length, to - position)) {
      sum = crc32(zeros.subarray(0, Math.min(zeros.length, to - position)), sum)
    }
  }
  for (const [i, at] of islands.entries()) {
    skipTo(at)
    sum = crc32(noise(100_000, i), sum)
    position += 100_000
  }
  skipTo(size)
  return sum
}

test('zeros that are written out are runs of zeros as well', async (t) => {
  const { folder, tree } = openWorld(t)
  const content = Buffer.concat([noise(500_000, 7), Buffer.alloc(6 * maxBytes), noise(500_000, 8)])
  writeFileSync(`${folder}/f`, content)
  const read = await readLarge(await tree.open(await request(tree, `${folder}/f`), signal))
  ok(read.content.equals(content))
  equal(read.crc32, crc32(content))
  ok(read.zeros >= 4 * maxBytes, `${read.zeros} zeros`)
})

test('B6: a file cut short while it is read is inconsistent and as long as its pieces', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/f`, noise(30_000_000, 3))
  const file = await tree.open(await request(tree, `${folder}/f`), signal)
  const read = await readLarge(file, (part) => {
    if (part === 1) truncateSync(`${folder}/f`, 20_000_000)
  })
  const { stat, inconsistent } = captured(read.entry)
  equal(inconsistent, true)
  equal(stat.size, read.content.length)
  equal(read.crc32, crc32(read.content))
  ok(read.content.equals(noise(30_000_000, 3).subarray(0, read.content.length)))
})

test('B6: a file that grows while it is read is inconsistent and whole up to where it was', async (t) => {
  const { folder, tree } = openWorld(t)
  const content = noise(9_000_000, 4)
  writeFileSync(`${folder}/f`, content)
  const file = await tree.open(await request(tree, `${folder}/f`), signal)
  const read = await readLarge(file, (part) => {
    if (part === 0) writeFileSync(`${folder}/f`, 'more', { flag: 'a' })
  })
  deepEqual([captured(read.entry).inconsistent, read.content.equals(content)], [true, true])
})

test('a file that is gone, or is something else now, says so at its end', async (t) => {
  const { folder, tree } = openWorld(t)
  writeFileSync(`${folder}/f`, noise(2_000_000, 5))
  const asked = await request(tree, `${folder}/f`)
  rmSync(`${folder}/f`)
  const gone = await readLarge(await tree.open(asked, signal))
  deepEqual(gone.entry.kind === 'failed' && gone.entry.reason, 'vanished')
  writeFileSync(`${folder}/f`, 'now small')
  const small = await readLarge(await tree.open(asked, signal))
  deepEqual([small.content.toString(), captured(small.entry).stat.size], ['now small', 9])
})

test('several large files and batches at once neither starve nor mix', async (t) => {
  const { folder, pool, tree } = openWorld(t)
  const contents = [1, 2, 3, 4].map((seed) => noise(12_000_000 + seed, seed))
  for (const [i, content] of contents.entries()) writeFileSync(`${folder}/${i}`, content)
  writeFileSync(`${folder}/small`, 'small '.repeat(1000))
  const small = await request(tree, `${folder}/small`)
  const readAll = contents.map(async (content, i) => {
    const read = await readLarge(await tree.open(await request(tree, `${folder}/${i}`), signal))
    ok(read.content.equals(content), `file ${i}`)
  })
  const batches = Array.from({ length: 40 }, async () => {
    const batch = await tree.capture([small], signal)
    equal((await batch.encode([0], signal)).length, 1)
    batch.release()
  })
  await Promise.all([...readAll, ...batches])
  equal(pool.slots.freeCount, pool.slots.count, 'every slot came back')
})
