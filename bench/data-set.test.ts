import { deepEqual, equal, throws } from 'node:assert/strict'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { chooseFile, countTree, enterState, openDataSet } from './data-set.ts'

test('a swap changes, adds and removes exactly the listed paths, and back', (t) => {
  const sets = prepareSet(t)
  const set = openDataSet(sets, 'S')
  const inode = lstatSync(join(set.source, 'same.txt')).ino
  const inStateA = describe(set.source)

  enterState(set, 'b')

  deepEqual(describe(set.source), {
    'changed.txt': 'two',
    'new/added.txt': 'added',
    'same.txt': 'same',
  })
  equal(lstatSync(join(set.source, 'same.txt')).ino, inode)

  enterState(set, 'a')

  deepEqual(describe(set.source), inStateA)
})

test('a swap that was cut short is reported, not taken for a state', (t) => {
  const set = openDataSet(prepareSet(t), 'S')
  writeFileSync(join(set.folder, 'state'), 'swapping')
  throws(() => enterState(set, 'b'), /cut short/)
})

test('links to folders are counted, not followed', (t) => {
  const set = openDataSet(prepareSet(t), 'S')
  symlinkSync('old', join(set.source, 'link'))
  deepEqual(countTree(set.source), { files: 3, folders: 1, others: 1, bytes: 14 })
  equal(chooseFile(set), 'old/gone.txt')
})

function prepareSet(t: { after(end: () => void): void }): string {
  const sets = mkdtempSync(join(tmpdir(), 'holdfast-set-'))
  t.after(() => rmSync(sets, { recursive: true }))
  const put = (path: string, text: string) => {
    mkdirSync(join(sets, 'S', path, '..'), { recursive: true })
    writeFileSync(join(sets, 'S', path), text)
  }
  put('src/same.txt', 'same')
  put('src/changed.txt', 'one')
  put('src/old/gone.txt', 'removed')
  put('alt/changed.txt', 'two')
  put('alt/new/added.txt', 'added')
  put('paths.json', JSON.stringify(['changed.txt', 'new/added.txt', 'old/gone.txt']))
  put('state', 'a')
  return sets
}

function describe(root: string): Record<string, string> {
  const paths = ['same.txt', 'changed.txt', 'old/gone.txt', 'new/added.txt'].sort()
  const present = paths.filter((path) => lstatSync(join(root, path), { throwIfNoEntry: false }))
  return Object.fromEntries(present.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}
