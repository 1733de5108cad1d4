import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { byteStringFromText } from '#base'
import type { ArchiveEntry } from '#ports'
import { openArchive } from './open-archive.ts'

const { signal } = new AbortController()
const pieceBytes = 64 * 1024

function file(path: string, pieces: number): ArchiveEntry {
  return {
    path: byteStringFromText(path),
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    mtimeSec: 1_700_000_000,
    mtimeNsec: 0,
    size: pieces * pieceBytes,
    linkTarget: undefined,
    hardLinkTo: undefined,
    rdev: undefined,
    xattrs: [],
  }
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part.slice())
  return Buffer.concat(parts)
}

test('what was written is read out of the stream by other programs', async () => {
  for (const format of ['zip', 'tar.zst'] as const) {
    const { writer, stream } = openArchive(format)
    const reading = collected(stream)
    await writer.add(file('a', 3), pieces(3), signal)
    await writer.add(file('b/c', 1), pieces(1), signal)
    await writer.finish(signal)
    const bytes = await reading
    if (format === 'tar.zst') {
      const names = execFileSync('tar', ['-t'], { input: zstdDecompressSync(bytes) }).toString()
      deepEqual(names.trim().split('\n'), ['a', 'b/c'])
    } else ok(bytes.includes(Buffer.from('PK\x05\x06')))
  }
})

test('a writer waits while nobody reads, and is refused when the reader has gone', async () => {
  for (const format of ['zip', 'tar.zst'] as const) {
    const { writer, stream, cancel } = openArchive(format)
    let taken = 0
    const count = () => void taken++
    const writing = rejects(writer.add(file('a', 400), pieces(400, count), signal))
    const source = stream[Symbol.asyncIterator]()
    await source.next()
    await sleep(300)
    ok(taken < 300, `${taken} pieces were taken although one was read`)
    const told = new Error('the reader has gone')
    cancel(told)
    cancel(told)
    await writing
    await rejects(async () => {
      while ((await source.next()).done !== true);
    }, told)
  }
})

test('an archive that was not finished never ends by itself', async () => {
  const { writer, stream, cancel } = openArchive('tar.zst')
  const reading = collected(stream)
  await writer.add(file('a', 1), pieces(1), signal)
  const first = await Promise.race([reading, sleep(100, 'still open')])
  equal(first, 'still open')
  cancel(new Error('damaged'))
  await rejects(reading, /damaged/)
})

async function* pieces(count: number, taken?: () => void): AsyncIterable<Uint8Array> {
  for (let at = 0; at < count; at++) {
    taken?.()
    // Nothing that could be made smaller.
    yield randomBytes(pieceBytes)
  }
}
