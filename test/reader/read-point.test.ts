// The pages of docs/format are enough: a reader of another language, written from them alone, reads the golden vault.

import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { ExpectedPoint } from '../golden/make.ts'
import type { Facts } from '../golden/tree-facts.ts'

const golden = join(import.meta.dirname, '../golden/format-1')
const expected: readonly ExpectedPoint[] = JSON.parse(
  gunzipSync(fs.readFileSync(join(golden, 'expected.json.gz'))).toString(),
)

type Listed = Facts & { readonly linkGroup?: string; readonly inodeFlags?: number }

test('the independent reader sees the points of the golden vault as they were made', () => {
  const points = linesOf(read(['points']))
  deepEqual(
    points.map(({ id, tags, status, holds, sources }) => ({ id, tags, status, holds, sources })),
    expected.map(({ id, tag, status, holds, sources }) => {
      return { id, tags: [tag], status, holds, sources }
    }),
  )
  for (const [i, { hasOverlay, failures }] of expected.entries()) {
    equal(points[i].overlay !== null, hasOverlay)
    const named = points[i].failures.map(({ path, reason }: Facts & { reason: string }) => [
      path,
      reason,
    ])
    deepEqual(
      new Set(named.map(String)),
      new Set(failures.map((each) => `${each.path},${each.reason}`)),
    )
  }
  deepEqual(linesOf(read(['points'], { key: 'recovery' })), points)
})

for (const { id, tag, entries } of expected) {
  test(`the independent reader reads every entry and every byte of the point ${tag}`, () => {
    const listed: readonly Listed[] = linesOf(read(['list', id]))
    deepEqual(
      listed.map((each) => asFacts(each, listed)).toSorted(byPath),
      entries.toSorted(byPath),
    )
    const flags = listed.find(({ path }) => path === 'bytes 255')?.inodeFlags ?? 0
    if (tag === 'first') equal(flags & 0x40, 0x40, 'the flag d of chattr')
  })
}

test('the independent reader tells why a point is partial', () => {
  const partial = expected.find(({ tag }) => tag === 'partial')
  const told = linesOf(read(['failures', partial?.id ?? '']))
  const short = new Set(told.map(({ path, reason }) => `${path}: ${reason}`))
  deepEqual(short, new Set(partial?.failures.map(({ path, reason }) => `${path}: ${reason}`)))
})

test('the independent reader restores a file of many pieces by its name', () => {
  const path = 'folder/within/deep/many pieces'
  const { stdout, status } = read(['restore', expected[0]?.id ?? '', path])
  equal(status, 0)
  const found = expected[0]?.entries.find((entry) => entry.path === path)
  equal(createHash('sha256').update(stdout).digest('hex'), found?.sha256)
})

test('A05: the independent reader gives no byte of a file whose block was changed', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'holdfast-reader-'))
  try {
    fs.cpSync(join(golden, 'vault'), folder, { recursive: true })
    for (const pack of fs.globSync(join(folder, 'pack/*/*'))) {
      const bytes = fs.readFileSync(pack)
      const at = bytes.length >> 1
      bytes[at] = (bytes[at] ?? 0) ^ 1
      fs.writeFileSync(pack, bytes)
    }
    const { stdout, stderr, status } = read(['restore', 'latest', 'within/file'], { vault: folder })
    notEqual(status, 0)
    equal(stdout.length, 0)
    match(String(stderr), /does not open/)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

function read(words: readonly string[], { key = 'file', vault = join(golden, 'vault') } = {}) {
  const recovery = fs.readFileSync(join(golden, 'recovery-key'), 'utf8').match(/HF1-\S+/)?.[0] ?? ''
  const way =
    key === 'file' ? ['--key-file', join(golden, 'key-file')] : ['--recovery-key', recovery]
  // Debian's own Python, which has Debian's modules.
  const program = join(import.meta.dirname, 'read_point.py')
  return spawnSync('/usr/bin/python3', [program, vault, ...way, ...words], { maxBuffer: 2 ** 28 })
}

function linesOf({ stdout, stderr, status }: ReturnType<typeof read>) {
  equal(status, 0, String(stderr))
  const lines = String(stdout).trimEnd().split('\n')
  ok(lines[0] !== '', 'nothing was listed')
  return lines.map((line) => JSON.parse(line))
}

/** What the reader says of an entry, without what only a vault knows. */
function asFacts(entry: Listed, all: readonly Listed[]): Facts {
  const { path, kind, mode, uid, gid, size, mtime, sha256, target, device, attributes } = entry
  const names = all.filter(
    ({ linkGroup }) => linkGroup !== undefined && linkGroup === entry.linkGroup,
  )
  return {
    ...{ path, kind, mode, uid, gid, size, mtime },
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(target === undefined ? {} : { target }),
    ...(device === undefined ? {} : { device }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(names.length < 2 ? {} : { names: names.map((each) => each.path).toSorted() }),
  }
}

function byPath(a: Facts, b: Facts): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}
