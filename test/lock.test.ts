import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  completeLock,
  type LockPackages,
  listMissing,
  readLockPackages,
} from '../scripts/complete-lock.ts'

const file = new URL('../package-lock.json', import.meta.url).pathname

test('the lock names every optional platform package, so that npm ci accepts it anywhere', () => {
  const places = listMissing(readLockPackages(file)).map(({ place }) => place)
  deepEqual(places, [], 'run: npm run lock')
})

test('the lock names no registry host, so that any mirror serves it', () => {
  equal(/"resolved"/.test(readFileSync(file, 'utf8')), false)
})

test('an optional package left out by npm is found, added beside its siblings, and only once', () => {
  const tool = { version: '2.0.0', dev: true, optionalDependencies: {} }
  const lock: LockPackages = {
    '': { version: '1.0.0' },
    'node_modules/tool': {
      ...tool,
      optionalDependencies: { '@tool/linux-x64': '2.0.0', '@tool/linux-arm64-musl': '2.0.0' },
    },
    'node_modules/tool/node_modules/@tool/linux-x64': { version: '2.0.0', optional: true },
  }
  const completed = completeLock(lock)
  deepEqual(completed['node_modules/tool/node_modules/@tool/linux-arm64-musl'], {
    version: '2.0.0',
    cpu: ['arm64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  })
  deepEqual(listMissing(completed), [])
})

test('a package of the same name but another version does not count as locked', () => {
  const lock: LockPackages = {
    'node_modules/a': { version: '1.0.0', optionalDependencies: { 'a-darwin-x64': '1.0.0' } },
    'node_modules/b': { version: '2.0.0', optionalDependencies: { 'a-darwin-x64': '2.0.0' } },
    'node_modules/a-darwin-x64': { version: '1.0.0', optional: true },
  }
  const completed = completeLock(lock)
  equal(completed['node_modules/a-darwin-x64']?.version, '1.0.0')
  equal(completed['node_modules/b/node_modules/a-darwin-x64']?.version, '2.0.0')
  deepEqual(listMissing(completed), [])
})
