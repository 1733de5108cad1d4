import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { divide, layOutParts } from './parts.ts'

const sizes = [900_000, 10, 50_000, 0, 300_000, 300_000, 7, 120_000, 80_000, 1_000_000]
const files = sizes.map((bytes, at) => ({ path: `${at}`, bytes }))

test('every file is in one part, in the order it had', () => {
  for (const count of [1, 2, 3, 8, 20]) {
    const parts = divide(files, count)
    equal(parts.length, count)
    deepEqual(parts.flat(), files)
  }
})

test('many small files are divided evenly by their number', () => {
  const tiny = Array.from({ length: 8_000 }, (_, at) => ({ path: `${at}`, bytes: at % 3 }))
  for (const part of divide(tiny, 8)) ok(Math.abs(part.length - 1_000) < 5, `${part.length}`)
})

test('the parts of a tree hold together what it holds', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-parts-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const source = join(folder, 'source')
  for (let at = 0; at < 30; at++) {
    mkdirSync(join(source, `folder ${at % 5}`), { recursive: true })
    writeFileSync(join(source, `folder ${at % 5}`, `file\n${at}`), 'x'.repeat(at * 100))
  }
  const parts = layOutParts(source, join(folder, 'parts'), 4)
  equal(parts.length, 4)
  const held = parts.map(({ folder }) => filesOf(folder))
  deepEqual(
    parts.map((part) => part.files),
    held.map(({ length }) => length),
  )
  ok(held.every((names) => names.length > 0))
  deepEqual(held.flat().toSorted(), filesOf(source).toSorted())
})

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => `${parentPath.slice(folder.length)}/${name}`)
}
