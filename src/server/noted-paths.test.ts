import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { byteString, byteStringFromText } from '#base'
import { notedPaths } from './noted-paths.ts'

test('paths in the log are inert, one on each line, and no more than a row should carry (A18)', () => {
  deepEqual(notedPaths([byteStringFromText('/a\n/b'), byteStringFromText('/\u202ecod')]), {
    pathCount: 2,
    paths: '/a\ufffd/b\n/\ufffdcod',
  })
  equal(notedPaths([byteString(new Uint8Array([0x2f, 0xff]))]).paths, 'hex:2fff')
  const many = Array.from({ length: 100 }, () => byteStringFromText(`/${'😀'.repeat(9_000)}`))
  const { pathCount, paths } = notedPaths(many)
  equal(pathCount, 100)
  ok(paths.length <= 16_384 && paths.isWellFormed())
})
