import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { configPath, parseConfig } from './config-file.ts'

const path = '/home/anna/.config/holdfast/config.json'

function parse(value: unknown) {
  return parseConfig(JSON.stringify(value), path, '/home/anna')
}

test('vaults have names, paths below the home folder, and a default', () => {
  const { vaults, default: chosen } = parse({
    vaults: { nas: { path: '/mnt/v', keyFile: '~/k' }, usb: { path: '~/usb' } },
    default: 'nas',
  })
  equal(chosen, 'nas')
  deepEqual(
    [...vaults],
    [
      ['nas', { path: '/mnt/v', keyFile: '/home/anna/k' }],
      ['usb', { path: '/home/anna/usb' }],
    ],
  )
  deepEqual(parse({}), { vaults: new Map(), default: undefined })
})

test('what is not right is refused with its place', () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /it is not an object/],
    [{ vault: {} }, /unknown key vault \(known: vaults, default\)/],
    [{ vaults: { 'a b': { path: '/v' } } }, /"a b" is no name/],
    [{ vaults: { a: {} } }, /vaults\.a\.path is missing/],
    [{ vaults: { a: { path: 'v' } } }, /vaults\.a\.path is neither absolute nor below/],
    [{ vaults: { a: { path: 7 } } }, /vaults\.a\.path is not text/],
    [{ vaults: { a: { path: '/v', passphrase: 'x' } } }, /unknown key vaults\.a\.passphrase/],
    [{ vaults: {}, default: 'a' }, /default does not name one of the vaults/],
  ]
  for (const [value, sentence] of wrong) throws(() => parse(value), sentence)
  throws(() => parseConfig('{', path, '/'), /config\.json is not right: it is not JSON/)
})

test('a vault named __proto__ is a name like any other', () => {
  const text = '{"vaults": {"__proto__": {"path": "/v"}}}'
  deepEqual([...parseConfig(text, path, '/').vaults.keys()], ['__proto__'])
})

test('the place of the file follows HOLDFAST_CONFIG, then XDG_CONFIG_HOME, then the home folder', () => {
  const home = '/home/anna'
  const at = (environment: Record<string, string>) => configPath({ environment, homeFolder: home })
  equal(at({}), path)
  equal(at({ XDG_CONFIG_HOME: '/x' }), '/x/holdfast/config.json')
  equal(at({ XDG_CONFIG_HOME: '/x', HOLDFAST_CONFIG: '/c.json' }), '/c.json')
})
