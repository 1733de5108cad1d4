import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { trustedTimeAt } from './trusted-time.ts'

const hour = 3600 * 1000

test('trusted time advances by the uptime of a known boot and by nothing else (T-1)', () => {
  const known = {
    trustedAt: 5 * hour,
    boots: [{ bootId: 'a', upMs: 2 * hour, trustedAt: 5 * hour }],
  }
  equal(trustedTimeAt(known, { bootId: 'a', upMs: 3 * hour }), 6 * hour)
  equal(trustedTimeAt(known, { bootId: 'b', upMs: 900 * hour }), 5 * hour)
})

test('uptime that runs backwards takes nothing away (I4)', () => {
  const known = {
    trustedAt: 5 * hour,
    boots: [{ bootId: 'a', upMs: 2 * hour, trustedAt: 5 * hour }],
  }
  equal(trustedTimeAt(known, { bootId: 'a', upMs: 0 }), 5 * hour)
})

test('two machines that take turns do not count the same hour twice (T-3)', () => {
  // Machine a saw trusted time 5 h at its uptime 2 h; b brought it to 6 h; meanwhile a ran one hour, the same one.
  const boots = [
    { bootId: 'b', upMs: 40 * hour, trustedAt: 6 * hour },
    { bootId: 'a', upMs: 2 * hour, trustedAt: 5 * hour },
  ]
  equal(trustedTimeAt({ trustedAt: 6 * hour, boots }, { bootId: 'a', upMs: 3 * hour }), 6 * hour)
})
