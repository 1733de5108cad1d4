// Today's code opens what earlier code wrote: the golden vaults, one for each version of the format. F24.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Desk, readEvents } from '../e2e/program.ts'
import type { ExpectedPoint } from './make.ts'
import { type Facts, factsOf } from './tree-facts.ts'

const folder = join(import.meta.dirname, 'format-1')
// A clone gives them to everybody, and the program would say so.
for (const name of ['key-file', 'passphrase', 'recovery-key']) fs.chmodSync(join(folder, name), 0o600)
const expected: readonly ExpectedPoint[] = JSON.parse(
  gunzipSync(fs.readFileSync(join(folder, 'expected.json.gz'))).toString(),
)
const kindNames: Readonly<Record<string, string>> = {
  'character-device': 'charDevice',
  'block-device': 'blockDevice',
}
const needsRoot = process.getuid?.() === 0 ? false : 'needs root'

test('F24: the golden vault opens with each of its keys, and shows its points as they were made', (context) => {
  const desk = goldenDesk(context)
  const listed = readEvents(desk.do(['points', '--json']))
  deepEqual(
    listed.map(({ id, tags, status }) => ({ id, tags, status })),
    expected.map(({ id, tag, status }) => ({ id, tags: [tag], status })),
  )
  for (const [i, { holds, inTrash, failures }] of expected.entries()) {
    equal(JSON.stringify(listed[i]?.['holds']).includes('golden'), holds.length > 0)
    equal(listed[i]?.['trashedUntil'] !== null, inTrash)
    equal(listed[i]?.['failureCount'] !== 0, failures.length > 0)
  }
  for (const way of [
    ['--passphrase-file', 'passphrase'],
    ['--recovery-key-file', 'recovery-key'],
  ]) {
    const [option = '', file = ''] = way
    const out = desk.do(['points', '--json', option, join(folder, file)], {
      env: { HOLDFAST_KEY_FILE: '' },
    })
    deepEqual(
      readEvents(out).map(({ id }) => id),
      listed.map(({ id }) => id),
    )
  }
})

test('F24: every byte of the golden vault is what it was, and ls names every entry', (context) => {
  const desk = goldenDesk(context)
  const before = bytesOf(desk.vault)
  desk.do(['verify', '--read-data'])
  for (const { id, entries, sources } of expected) {
    const listed = readEvents(desk.do(['ls', id, '--json', '-R']))
    deepEqual(
      listed
        // A partial point is also warned about.
        .filter(({ event }) => event === 'entry')
        .map(
          ({ path, pathHex, kind, size }) =>
            `${pathHex ?? hexOf(String(path))} ${kind} ${size ?? 0}`,
        )
        .sort(),
      entries
        .map(
          ({ path, kind, size }) =>
            `${hexOf(sourcePath(path, sources))} ${kindNames[kind] ?? kind} ${size}`,
        )
        .sort(),
    )
  }
  for (const [path, bytes] of before)
    deepEqual(bytesOf(desk.vault).get(path), bytes, `${path} was changed by reading`)
})

test('F24: every point of the golden vault comes back as its source was', {
  skip: needsRoot,
}, (context) => {
  const desk = goldenDesk(context)
  for (const { id, tag, entries } of expected) {
    const target = desk.path(tag)
    fs.mkdirSync(target)
    desk.do(['restore', id, '--target', target])
    // A point of several sources, or of a file alone, has no root of its own.
    const hasRoot = entries.some(({ path }) => path === '')
    const found = factsOf(target).filter(({ path }) => hasRoot || path !== '')
    deepEqual(found.toSorted(byPath), entries.toSorted(byPath), tag)
    if (tag === 'first') match(String(fs.readFileSync(join(target, 'hello'))), /^hello\n$/)
  }
})

test('F24: today a backup finds in the golden vault what earlier code stored in it', {
  skip: needsRoot,
}, (context) => {
  const desk = goldenDesk(context)
  const target = desk.path('target')
  fs.mkdirSync(target)
  desk.do(['restore', 'tag:first', '--target', target])
  const out = desk.do(['backup', target, '--json']).trimEnd()
  const { summary } = JSON.parse(out.slice(out.lastIndexOf('\n') + 1))
  ok(summary.files > 4500 && summary.sourceBytes > 15_000_000, out)
  // Entries have other inodes and times of change, so the tree is new; of the content, nothing is.
  ok(summary.newBytes < 250_000, `${summary.newBytes} bytes are new`)
  desk.do(['expire', 'tag:first', '--at-once'])
  desk.do(['gc', '--grace', '0d'])
  desk.do(['verify', '--read-data'])
})

test('F24: a vault of a later format, or with an unknown feature, is refused and left alone', (context) => {
  for (const change of [{ format: 2 }, { features: ['time-travel'] }]) {
    const desk = goldenDesk(context)
    for (const path of ['vault/config', 'copies/vault/config', 'holdfast.json'])
      fs.rmSync(join(desk.vault, path))
    const config = JSON.parse(fs.readFileSync(join(folder, 'vault/vault/config'), 'utf8'))
    fs.writeFileSync(join(desk.vault, 'vault/config'), JSON.stringify({ ...config, ...change }))
    const before = bytesOf(desk.vault)
    for (const words of [['points'], ['backup', desk.source], ['gc'], ['repair']]) {
      const { code, err } = desk.run(words)
      ok(code !== 0, `${words[0]} ended with 0`)
      match(err, /format version 2|time-travel/, `${words[0]}: ${err}`)
    }
    for (const [path, bytes] of before) deepEqual(bytesOf(desk.vault).get(path), bytes)
  }
})

/** A desk with a copy of the golden vault, so that the committed one stays as it is. */
function goldenDesk(context: TestContext): Desk {
  const desk = new Desk(context)
  fs.cpSync(join(folder, 'vault'), desk.vault, { recursive: true })
  fs.copyFileSync(join(folder, 'key-file'), desk.keyFile)
  return desk
}

function bytesOf(vault: string): ReadonlyMap<string, string> {
  const files = fs
    .readdirSync(vault, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.map((path) => [path, fs.readFileSync(path).toString('base64')]))
}

function sourcePath(path: string, sources: ExpectedPoint['sources']): string {
  const source = sources.find(
    ({ prefix }) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`),
  )
  ok(source !== undefined)
  const below = source.prefix === '' ? path : path.slice(source.prefix.length + 1)
  if (below.startsWith('hex:')) return `hex:${hexOf(`${source.path}/`)}${below.slice(4)}`
  return below === '' || below === basename(source.path) ? source.path : `${source.path}/${below}`
}

function hexOf(text: string): string {
  return text.startsWith('hex:') ? text.slice(4) : Buffer.from(text).toString('hex')
}

function byPath(a: Facts, b: Facts): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}
