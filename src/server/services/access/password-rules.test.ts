import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPasswordProblem } from './password-rules.ts'

const personal = ['Ada Lovelace', 'ada@example.org', 'Example Ltd']

test('long words that do not belong together are accepted, without signs and capitals', () => {
  for (const password of [
    'correct horse battery staple',
    'lantern orbit vinegar cactus',
    'kX9#vQ2$mZ7!',
    'Kirschbaum im Regen',
    '猫は木曜日に青い傘を三本買う',
    'f3a91c07be52d648',
  ]) {
    assert.equal(findPasswordProblem(password, personal), undefined, password)
  }
})

test('what everybody tries first is refused, whatever it is dressed as', () => {
  for (const password of [
    '',
    'short',
    'elevenchars',
    'aaaaaaaaaaaaaaaa',
    'abababababababab',
    'passwordpassword',
    'Password123456',
    'P@ssw0rd2026!!',
    'qwertyuiopasdf',
    '123456789012345',
    'abcdefghijklmnop',
    '0987654321!!!!',
    'Welcome2026!!',
    'holdfast-backup',
    'administrator1',
    'letmeinletmein',
    'AdaLovelace1815',
    'ada@example.org',
    'Example Ltd 2026',
    'changeme-changeme',
    'x'.repeat(257),
  ]) {
    assert.notEqual(findPasswordProblem(password, personal), undefined, password)
  }
})

test('length is counted in characters, as people count', () => {
  assert.match(findPasswordProblem('🦊🐢🦉🐝🦀🐙', []) ?? '', /fewer than 12/)
})
