// QR codes as ISO/IEC 18004 has them: its own examples, and a code that a reader of another make has read.

import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { alignmentsOf, codeWordsOf, repairWords } from '../../src/console/parts/qr/code-words.ts'
import { formatBits, qrGrid, versionBits } from '../../src/console/parts/qr/grid.ts'

test('words that repair are those of the example of the standard', () => {
  const data = Uint8Array.fromHex('10200c566180ec11ec11ec11ec11ec11')
  equal(repairWords(data, 10).toHex(), 'a524d4c1ed36c7872c55')
})

test('format and version are protected as in the examples of the standard', () => {
  equal(formatBits(0b101).toString(2), '100000011001110')
  equal(versionBits(7).toString(2).padStart(18, '0'), '000111110010010100')
})

test('alignment marks stand where the table of the standard has them', () => {
  deepEqual(alignmentsOf(1), [])
  deepEqual(alignmentsOf(2), [6, 18])
  deepEqual(alignmentsOf(7), [6, 22, 38])
  deepEqual(alignmentsOf(13), [6, 34, 62])
  deepEqual(alignmentsOf(14), [6, 26, 46, 66])
  deepEqual(alignmentsOf(15), [6, 26, 48, 70])
})

test('each version holds as many bytes as the standard says, and one more needs the next', () => {
  const capacities = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412]
  for (const [i, capacity] of capacities.entries()) {
    equal(codeWordsOf('x'.repeat(capacity)).version, i + 1)
    if (i < 14) equal(codeWordsOf('x'.repeat(capacity + 1)).version, i + 2)
  }
  throws(() => codeWordsOf('x'.repeat(413)), RangeError)
})

test('every code has its three marks and its dark module', () => {
  for (const length of [10, 100, 200, 400]) {
    const grid = qrGrid('y'.repeat(length))
    const size = grid.length
    const markAt = (x: number, y: number) =>
      grid.slice(y, y + 7).map((row) =>
        row
          .slice(x, x + 7)
          .map(Number)
          .join(''),
      )
    const mark = ['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111']
    deepEqual(markAt(0, 0), mark)
    deepEqual(markAt(size - 7, 0), mark)
    deepEqual(markAt(0, size - 7), mark)
    ok(grid[size - 8]?.[8])
  }
})

test('the code of a second factor is the one that zbar 0.23.92 has read', () => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  const address = `otpauth://totp/Holdfast:ada%40example.com?issuer=Holdfast&secret=${secret}&algorithm=SHA1&digits=6&period=30`
  const rows = qrGrid(address).map((row) => row.map(Number).join(''))
  equal(
    createHash('sha256').update(rows.join('\n')).digest('hex'),
    'e9116cfefe2be8b0569395de32e5688964977b26fb8fcceb5fda8b38a0af39c0',
  )
})
