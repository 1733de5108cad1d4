import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import { fileNameOf, missingName, topNames } from './archive-names.ts'

const text = byteStringFromText

test('F6, A18 what stands at the top of an archive leads nowhere and has a name of its own', () => {
  const asked = ['a/x', 'b/x', 'x (2)', '..', 'c/.', '', 'a\\b', `d/${'n'.repeat(300)}`, 'a\0b']
  const names = topNames(asked.map(text))
  deepEqual(names.slice(0, 3), ['x', 'x (2)', 'x (2) (2)'].map(text))
  equal(new Set(names).size, names.length)
  for (const name of names) ok(!/[\0/\\]|^\.{0,2}$/.test(name), name)
})

test('F6 a link is never where the list of what is missing is written', () => {
  deepEqual(topNames([missingName, text(`folder/${missingName}`)]), [
    text('NOT IN THIS ARCHIVE.txt (2)'),
    text('NOT IN THIS ARCHIVE.txt (3)'),
  ])
})

test('A18 the name of a download is no path and turns nothing round', () => {
  for (const [path, name] of [
    ['a/photo.jpg', 'photo.jpg.zip'],
    ['a/..', 'files.zip'],
    ['x/\u202egnp.exe', undefined],
    ['x/a:b*c?"<>|', 'a_b_c_____.zip'],
  ] as const) {
    const made = fileNameOf(text(path) as ByteString, '.zip')
    ok(!/[\\/:*?"<>|\p{Cc}\p{Cf}]/u.test(made), made)
    if (name !== undefined) equal(made, name)
  }
})
