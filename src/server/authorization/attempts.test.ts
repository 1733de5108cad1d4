import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Attempts, networkOf } from './attempts.ts'

const limits = { windowMs: 1_000, perAddress: 5, perAccount: 2, keysMax: 10 }

test('too many wrong guesses wait until their window ends; a right one clears its account (A22)', () => {
  let now = 0
  const attempts = new Attempts(() => now, limits)
  attempts.begin('sign-in', '192.0.2.1', 'A@x')
  now = 400
  attempts.begin('sign-in', '192.0.2.2', 'a@X')
  throws(() => attempts.begin('sign-in', '192.0.2.3', 'a@x'), {
    code: 'auth.too-many-attempts',
    context: { seconds: 1 },
  })
  attempts.begin('enrol', '192.0.2.3', 'a@x')
  now = 1_001
  attempts.begin('sign-in', '192.0.2.3', 'a@x').succeeded()
  for (let at = 0; at < 20; at++) attempts.begin('sign-in', '192.0.2.3', 'a@x').succeeded()
  for (let at = 0; at < 20; at++) attempts.begin('sign-in', '192.0.2.3', 'b@x').withdrawn()
  attempts.begin('sign-in', '192.0.2.3', 'b@x')
  attempts.begin('sign-in', '192.0.2.3', 'b@x')
  throws(() => attempts.begin('sign-in', '192.0.2.3', 'b@x'))
})

test('whoever guesses wrong from elsewhere keeps nobody out of where they came in before (A22)', () => {
  const attempts = new Attempts(() => 0, limits)
  attempts.begin('sign-in', '192.0.2.1', 'a@x').succeeded()
  const guess = (address: string) => attempts.begin('sign-in', address, 'A@x')
  for (let at = 0; at < limits.perAccount; at++) guess('203.0.113.9')
  for (const address of ['203.0.113.9', '203.0.113.10', '192.0.2.2']) throws(() => guess(address))
  // From there as many guesses as any address has, and no more.
  for (let at = 0; at < limits.perAddress; at++) guess('192.0.2.1')
  throws(() => guess('192.0.2.1'), { code: 'auth.too-many-attempts' })
  attempts.begin('sign-in', '192.0.2.7', 'b@x').succeeded()
  throws(() => guess('192.0.2.7'), { code: 'auth.too-many-attempts' })
})

test('an address guesses at few accounts, however many it names', () => {
  const attempts = new Attempts(() => 0, limits)
  for (let at = 0; at < 5; at++) attempts.begin('sign-in', '2001:db8::1', `${at}@x`)
  throws(() => attempts.begin('sign-in', '2001:db8::2', 'z@x'), { code: 'auth.too-many-attempts' })
  attempts.begin('sign-in', '2001:db8:0:1::2', 'z@x')
})

test('memory is bounded, whoever knocks', () => {
  const attempts = new Attempts(() => 0, limits)
  for (let at = 0; at < 1_000; at++)
    attempts.begin('sign-in', `192.0.${at >> 8}.${at & 255}`, `${at}@x`)
  ok(attempts.keyCount <= 2 * limits.keysMax, String(attempts.keyCount))
  for (let at = 0; at < 1_000; at++)
    attempts.begin('sign-in', `198.51.${at >> 8}.${at & 255}`, `${at}@y`).succeeded()
  ok(attempts.keyCount <= 3 * limits.keysMax, String(attempts.keyCount))
  deepEqual(attempts.limits, limits)
})

test('a network is what one caller may own of addresses', () => {
  equal(networkOf('192.0.2.1'), '192.0.2.1')
  equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1')
  equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  equal(networkOf('2001:DB8::1'), '2001:db8:0:0::/64')
  equal(networkOf('2001:db8:0:0:ffff::1'), '2001:db8:0:0::/64')
  equal(networkOf('::1'), '0:0:0:0::/64')
  equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
  equal(networkOf(''), '')
})
