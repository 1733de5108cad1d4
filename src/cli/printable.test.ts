import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byteString, byteStringFromText } from '#base'
import { jsonLine, pathFields, printable } from './printable.ts'

// Controls, bidirectional and zero-width characters, line and paragraph separators, lone surrogates.
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

test('A18: text from outside keeps its letters and loses its power', () => {
  equal(printable('Grüße, 漢字'), 'Grüße, 漢字')
  equal(printable('a\x1b[2Jb\nc\u202ed'), 'a\\x1b[2Jb\\x0ac\\u{202e}d')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => ok(!obeyed.test(printable(text)))))
})

test('A18: a line of JSON is inert and parses to exactly what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = jsonLine({ text })
      ok(!obeyed.test(line), line)
      deepEqual(JSON.parse(line), { text })
    }),
  )
})

test('a path that is not plain text comes with its bytes', () => {
  deepEqual(pathFields(byteStringFromText('/ä')), { path: '/ä' })
  deepEqual(pathFields(byteStringFromText('/a\nb')), { path: '/a\\x0ab', pathHex: '2f610a62' })
  const broken = byteString(new Uint8Array([0x2f, 0xff]))
  deepEqual(pathFields(broken), { path: '/\\xff', pathHex: '2fff' })
})

test('a name that looks like an escape is told from the name that it looks like', () => {
  const looks = pathFields(byteStringFromText('/a\\x0ab'))
  const is = pathFields(byteStringFromText('/a\nb'))
  equal(looks.path, is.path)
  ok(looks.pathHex === undefined && is.pathHex !== undefined)
})
