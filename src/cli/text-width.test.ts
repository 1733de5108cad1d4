import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fitEnd, padEnd, textWidth } from './text-width.ts'

test('wide characters take two columns, combining marks none', () => {
  equal(textWidth('abc'), 3)
  equal(textWidth('漢字'), 4)
  equal(textWidth('e\u0301'), 1)
  equal(textWidth('🎉'), 2)
  equal(padEnd('漢', 4), '漢  ')
})

test('a text that is too long loses its beginning', () => {
  equal(fitEnd('/home/anna/photos', 8), '…/photos')
  equal(fitEnd('/photos', 8), '/photos')
  equal(fitEnd('漢字漢字', 4), '…字')
  equal(fitEnd('abc', 1), '')
})

test('what is made to fit fits, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, columns) => {
      ok(textWidth(fitEnd(text, columns)) <= columns)
    }),
  )
})
