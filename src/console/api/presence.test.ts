import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { watchPresence } from './presence.ts'

test('a page that nobody touched for five minutes asks on its own, until somebody is back (H3)', () => {
  let now = 1_000
  const page = new EventTarget()
  const { isAway } = watchPresence(page, () => now)
  equal(isAway(), false, 'it was just opened')
  now += 299_999
  equal(isAway(), false)
  now += 1
  equal(isAway(), true)
  page.dispatchEvent(new Event('load'))
  equal(isAway(), true)
  page.dispatchEvent(new Event('pointermove'))
  equal(isAway(), false)
  now += 300_000
  equal(isAway(), true)
  page.dispatchEvent(new Event('keydown'))
  equal(isAway(), false)
})
