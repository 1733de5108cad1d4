import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nameOfAddress, parseFingerprint, parseServerAddress } from './server-address.ts'
import {
  formatServerBook,
  parseServerBook,
  type SavedServer,
  type ServerBook,
  withoutServer,
  withServer,
  writeServerBook,
} from './server-book.ts'

const path = '/home/me/.config/holdfast/servers.json'
const main: SavedServer = {
  name: 'main',
  address: 'https://backup.example.com:8443',
  fingerprint: 'ab'.repeat(32),
  token: 'hft_secret',
  tokenId: 'tok-1',
  email: 'ada@example.com',
}
const other: SavedServer = { name: 'other', address: 'https://[::1]', token: 'hft_other' }
const both: ServerBook = { path, servers: [main, other], default: 'other' }

test('what is written is read again', () => {
  deepEqual(parseServerBook(formatServerBook(both), path), both)
  const empty: ServerBook = { path, servers: [], default: undefined }
  deepEqual(parseServerBook(formatServerBook(empty), path), empty)
})

test('what is not right is refused by name, and no token is in the message', () => {
  const bad = [
    'hft_secret',
    '[]',
    '{"servers": {"../x": {}}}',
    '{"servers": {"a": {"address": "http://a", "token": "hft_secret"}}}',
    '{"servers": {"a": {"address": "https://a"}}}',
    '{"servers": {"a": {"address": "https://a", "token": "hft_secret", "pasword": "x"}}}',
    '{"servers": {"a": {"address": "https://a", "token": 5}}}',
    '{"servers": {"a": {"address": "https://a", "token": "t", "fingerprint": "ab"}}}',
    '{"servers": {}, "default": "a"}',
  ]
  for (const text of bad)
    throws(
      () => parseServerBook(text, path),
      (problem: Error) => {
        ok('code' in problem && /config\.malformed|usage\.invalid/.test(String(problem.code)), text)
        ok(!problem.message.includes('hft_secret') || text === 'hft_secret', problem.message)
        return true
      },
    )
})

test('the first server is the default until another is chosen, and no default names a server that is gone', () => {
  const none: ServerBook = { path, servers: [], default: undefined }
  const one = withServer(none, main, false)
  equal(one.default, 'main')
  equal(withServer(one, other, false).default, 'main')
  const two = withServer(one, other, true)
  equal(two.default, 'other')
  deepEqual(withServer(two, { ...other, token: 'new' }, false).servers, [
    main,
    { ...other, token: 'new' },
  ])
  equal(withoutServer(two, 'other').default, 'main')
  equal(withoutServer(withoutServer(two, 'other'), 'main').default, undefined)
})

test('the file is readable by nobody else, and no draft stays', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-book-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const place = join(folder, 'new', 'servers.json')
  await writeServerBook({ ...both, path: place })
  await writeServerBook({ ...both, path: place, default: 'main' })
  equal(statSync(place).mode & 0o777, 0o600)
  equal(statSync(join(folder, 'new')).mode & 0o777, 0o700)
  deepEqual(readdirSync(join(folder, 'new')), ['servers.json'])
  equal(parseServerBook(readFileSync(place, 'utf8'), place).default, 'main')
})

test('addresses and fingerprints are read as people write them', () => {
  equal(parseServerAddress('backup.example.com:8443/'), 'https://backup.example.com:8443')
  equal(parseServerAddress('https://[::1]:8443'), 'https://[::1]:8443')
  for (const text of ['http://a', 'https://u:p@a', 'https://a/?q', 'ftp://a', ''])
    throws(() => parseServerAddress(text), { code: 'usage.invalid' }, text)
  const hex = '0a'.repeat(32)
  const colons = hex.toUpperCase().replace(/..(?!$)/g, '$&:')
  for (const text of [hex, `sha256:${hex}`, `SHA256:${colons}`, ` ${hex}\n`])
    equal(parseFingerprint(text), hex)
  for (const text of ['', hex.slice(1), `${hex}0`, 'g'.repeat(64)])
    throws(() => parseFingerprint(text), { code: 'usage.invalid' }, text)
  equal(nameOfAddress('https://backup.example.com:8443'), 'backup.example.com')
  equal(nameOfAddress('https://[::1]:8443'), '1')
})
