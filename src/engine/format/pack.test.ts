import { equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#base'
import { decodePackTrailer, encodePackTrailer } from './pack.ts'

test('a trailer gives back the length of the footer', () => {
  equal(decodePackTrailer(encodePackTrailer(70_000), 'pack/x'), 70_000)
})

test('whatever bit of a trailer is turned, the pack is damaged or its footer has another length (A05)', () => {
  for (let bit = 0; bit < 128; bit++) {
    const bytes = encodePackTrailer(70_000)
    bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
    if (bit < 48) equal(decodePackTrailer(bytes, 'pack/x') === 70_000, false)
    else if (bit > 52)
      throws(
        () => decodePackTrailer(bytes, 'pack/x'),
        (problem) => isFailure(problem, 'object.damaged'),
      )
  }
})
