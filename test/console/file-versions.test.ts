// What the history of a file says of each of its states.

import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteString } from '#base'
import type { Entry, FileVersion, FoundEntry, PointId, VaultId, VersionId } from '#contract'
import { type FileState, toldVersions } from '../../src/console/pages/file-history/versions.ts'
import { foundPaths } from '../../src/console/pages/instance/found-paths.ts'

const [first, second] = ['v-1' as VaultId, 'v-2' as VaultId]

test('states are told by what was before them, the newest first', () => {
  const states = statesOf([
    'gone',
    { size: 1 },
    { size: 2 },
    { size: 2, modifiedAt: 9 },
    { size: 2, modifiedAt: 9, mode: 0o600 },
    'unread',
    { size: 2, modifiedAt: 9, mode: 0o600 },
    'gone',
    { size: 2, modifiedAt: 9, mode: 0o600 },
  ])
  deepEqual(
    states,
    ['gone', 'first', 'changed', 'changed', 'rights', 'unread', 'same', 'gone', 'back'].reverse(),
  )
})

test('what could not be read was not gone, and what was gone before it may be back (B6)', () => {
  deepEqual(statesOf([{}, 'unread', { size: 2 }]), ['changed', 'unread', 'first'])
  deepEqual(statesOf([{}, 'gone', 'unread', {}]), ['back', 'unread', 'gone', 'first'])
  deepEqual(statesOf(['unread', {}]), ['first', 'unread'])
})

test('each vault has a history of its own', () => {
  const versions = [...versionsOf(second, [{}]), ...versionsOf(first, [{}, 'gone'])]
  deepEqual(
    toldVersions(versions, true).map(({ vaultId, state }) => `${vaultId} ${state}`),
    ['v-2 first', 'v-1 gone', 'v-1 first'],
  )
})

test('while older backups are still to be told, nothing is said of what depends on them', () => {
  const states = (made: readonly Made[]) =>
    toldVersions(versionsOf(first, made), false).map(({ state }) => state)
  deepEqual(states([{}, { size: 2 }, 'gone']), ['gone', 'changed', undefined])
  deepEqual(states(['gone', {}, {}]), ['same', undefined, 'gone'])
  deepEqual(states(['unread', {}]), [undefined, 'unread'])
})

test('a path that was found in several states stands once, with the newest', () => {
  const found = (path: string, createdAt: number, pointCount: number): FoundEntry => ({
    vaultId: first,
    pointId: `p-${createdAt}` as PointId,
    versionId: 'ver-1' as VersionId,
    createdAt,
    pointCount,
    entry: entryOf({ path: path as ByteString }),
  })
  const paths = foundPaths([
    found('/a', 3, 2),
    found('/b', 1, 1),
    found('/a', 8, 1),
    found('/a', 2, 4),
  ])
  deepEqual(
    paths.map(({ path, newest, pointCount }) => [path, newest.createdAt, pointCount]),
    [
      ['/a', 8, 7],
      ['/b', 1, 1],
    ],
  )
})

type Made = Partial<Entry> | 'gone' | 'unread'

function statesOf(made: readonly Made[]): readonly FileState[] {
  const states = toldVersions(versionsOf(first, made), true).map(({ state }) => state)
  return states.filter((state) => state !== undefined)
}

/** As the server tells them: the newest first. @param made the oldest first */
function versionsOf(vaultId: VaultId, made: readonly Made[]): readonly FileVersion[] {
  const versions = made.map((one, at) => ({
    vaultId,
    ...(typeof one === 'string' ? {} : { entry: entryOf(one) }),
    unread: one === 'unread',
    firstPointId: `p-${at}` as PointId,
    firstAt: at,
    lastPointId: `p-${at}` as PointId,
    lastAt: at,
    pointCount: 1,
  }))
  return versions.toReversed()
}

function entryOf(changed: Partial<Entry>): Entry {
  return {
    name: 'a' as ByteString,
    path: '/a' as ByteString,
    kind: 'file',
    size: 1,
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: 'root',
    group: 'root',
    modifiedAt: 1,
    inconsistent: false,
    ...changed,
  }
}
