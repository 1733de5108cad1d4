import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { newestOfVolumes } from './newest-of-volumes.ts'

const point = (volume: string, sequence: number, trashedAt: number | null = null) => ({
  volume,
  sequence,
  trashedAt,
})
const shown = (...rows: readonly ReturnType<typeof point>[]) =>
  newestOfVolumes(rows).map(({ volume, sequence }) => `${volume} ${sequence}`)

test('D5: of a volume that was committed twice, because the first answer was lost, the newer counts', () => {
  deepEqual(shown(point('/', 4), point('/data', 5), point('/', 6)), ['/data 5', '/ 6'])
  deepEqual(shown(point('/', 6), point('/', 4)), ['/ 6'])
})

test('a point in the trash counts only when its volume has no other', () => {
  deepEqual(shown(point('/', 4), point('/', 6, 1)), ['/ 4'])
  deepEqual(shown(point('/', 4, 1)), ['/ 4'])
})
