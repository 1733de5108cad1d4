import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { byteStringFromText, bytesOf, fromHex, toHex } from '#base'
import { type Entry, encodeExtras } from './entry.ts'
import { LeafBuilder, LeafCursor } from './leaf.ts'

const text = byteStringFromText
const atTime = { mtimeSec: 1_700_000_000, mtimeNsec: 0, ctimeSec: 1_700_000_000, ctimeNsec: 0 }
const owner = { uid: 0, gid: 0, user: 'root', group: 'root' }

const root: Entry = {
  ...atTime,
  ...owner,
  dir: text(''),
  name: text(''),
  kind: 'directory',
  mode: 0o755,
  nlink: 2,
  size: 0,
  inoLow: 5,
  inoHigh: 0,
  inconsistent: false,
  extra: new Uint8Array(),
}

const file: Entry = {
  ...root,
  name: text('hi'),
  kind: 'file',
  mode: 0o644,
  nlink: 1,
  size: 2,
  inoLow: 7,
  extra: encodeExtras({ inline: bytesOf(text('ok')) }),
}

/** The bytes in the example of docs/format/tree.md: pairs of digits before the words of each line. */
function exampleOfThePage(): Uint8Array {
  const page = readFileSync(new URL('../../../docs/format/tree.md', import.meta.url), 'utf8')
  const lines = page.slice(page.indexOf('## Example')).split('\n')
  const digits = lines.map((line) => /^ {4}((?:(?:[0-9a-f]{2})+ {1,2})+) /.exec(line)?.[1] ?? '')
  return fromHex(digits.join('').replaceAll(' ', ''))
}

test('the example of docs/format/tree.md is what the code writes, and reads back', () => {
  const leaf = new LeafBuilder()
  leaf.add({ kind: 'entry', entry: root, replacesBytes: undefined })
  leaf.add({ kind: 'entry', entry: file, replacesBytes: undefined })
  equal(toHex(exampleOfThePage()), toHex(leaf.finish()))
  const row = new LeafCursor(exampleOfThePage())
  for (const entry of [root, file]) {
    equal(row.next(), true)
    deepEqual(row.item(), { kind: 'entry', entry, replacesBytes: undefined })
  }
  equal(row.next(), false)
})
