import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { BrokenInvariant } from '#base'
import {
  installCommand,
  pinOf,
  placeSeenBy,
  renderInstaller,
  type ServerPlace,
} from './installer.ts'

const texts = {
  installer: "a='@ADDRESS@' f='@FINGERPRINT@' p='@PIN@' @UNIT@",
  agentUnit: '[Unit]\n',
}
const publicKey = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2Vw\n-----END PUBLIC KEY-----\n'
const manifest = { version: '1.2.3', publicKey, builds: [] }
const keyFingerprint = 'ab'.repeat(32)
const certificate = { keyFingerprint }

test('the installer and the line that fetches it carry the pin of the server', () => {
  const place = { address: 'https://backup.example.com:8443', certificate }
  const pin = `sha256//${Buffer.from(keyFingerprint, 'hex').toString('base64')}`
  equal(
    renderInstaller(texts, place, manifest),
    `a='https://backup.example.com:8443' f='${keyFingerprint}' p='${pin}' [Unit]`,
  )
  equal(
    installCommand(place, 'HF-ABCDEFGH'),
    `curl -fsSL -k --pinnedpubkey '${pin}' 'https://backup.example.com:8443/install.sh' | sh -s -- --code HF-ABCDEFGH`,
  )
})

test('a server with a certificate that machines trust needs no pin', () => {
  const place = { address: 'https://backup.example.com', certificate: undefined }
  equal(pinOf(place), undefined)
  equal(
    installCommand(place, 'HF-ABCDEFGH'),
    "curl -fsSL 'https://backup.example.com/install.sh' | sh -s -- --code HF-ABCDEFGH",
  )
  ok(renderInstaller(texts, place, manifest).includes("p=''"))
})

test('what a caller reached the server by takes the place of a guess, and of nothing else (A2)', () => {
  const guess = { address: 'https://node-7:8443', isGuessed: true, certificate }
  const told = (host: string | undefined, place: ServerPlace = guess) =>
    placeSeenBy(place, host).address
  const usable = {
    'backup.example.com:9443': 'https://backup.example.com:9443',
    'BACKUP.example.com': 'https://backup.example.com',
    'backup.example.com:443': 'https://backup.example.com',
    '203.0.113.7:8443': 'https://203.0.113.7:8443',
    '[2001:db8::7]': 'https://[2001:db8::7]',
    '127.example.com': 'https://127.example.com',
  }
  for (const [host, address] of Object.entries(usable)) equal(told(host), address)
  const useless = `localhost localhost. LOCALHOST:8443 a.localhost localhost.localdomain 127.0.0.1 127.1 0x7f.1 127.0.0.1:8443
    0.0.0.0 0 [::1] [::1]:8443 [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] a:99999 a'b a/b user@a a?b`
  for (const host of [undefined, '', 'a b', ...useless.split(/\s+/)])
    equal(told(host), guess.address, `${host}`)
  const chosen = { ...guess, isGuessed: false }
  equal(told('backup.example.com', chosen), chosen.address)
})

test('nothing that a shell could misunderstand gets into the script, wherever it comes from', () => {
  const good = { address: 'https://[::1]:8443', certificate }
  const hostile = [
    "https://a'$(reboot)'",
    'https://a/b',
    'https://a b',
    'https://a\n',
    'javascript:1',
  ]
  for (const address of hostile) {
    throws(() => renderInstaller(texts, { ...good, address }, manifest), BrokenInvariant, address)
    throws(() => installCommand({ ...good, address }, 'HF-ABCDEFGH'), BrokenInvariant)
  }
  throws(
    () => renderInstaller(texts, { ...good, certificate: { keyFingerprint: "'" } }, manifest),
    BrokenInvariant,
  )
  throws(() => renderInstaller(texts, good, { ...manifest, version: '1;reboot' }), BrokenInvariant)
  const unit = { ...texts, agentUnit: 'a\nEND\nreboot\n' }
  throws(() => renderInstaller(unit, good, manifest), BrokenInvariant)
  for (const code of ['$(reboot)xx', '-rf-abcdef', '', "a'b'cdefgh"]) {
    throws(() => installCommand(good, code), BrokenInvariant, code)
  }
  deepEqual(typeof renderInstaller(texts, good, manifest), 'string')
})
