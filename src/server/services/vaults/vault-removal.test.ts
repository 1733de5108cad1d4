import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownPoint } from '#engine'
import type { CatalogVault } from '../../catalog/index.ts'
import type { VaultState } from '../../vault-host.ts'
import { proposeLock } from './lock-proposal.ts'
import { keptServerBackups, lockedPointsOf, pointsOfInstances } from './vault-records.ts'
import { proposeRemoval } from './vault-removal.ts'

const dayMs = 24 * 3_600_000
const ownTags = ['holdfast:server=catalog', 'holdfast:exportedAt=5']

function known(id: string, untilDay: number, tags: readonly string[] = []): KnownPoint {
  const retainUntil = untilDay * dayMs
  const point = { tags, createdAt: 0, trustedAt: 0 } as unknown as KnownPoint['point']
  return { id, point, state: { retainUntil, holds: [], trashedUntil: undefined } }
}

function stateOf(points: readonly KnownPoint[], lock: VaultState['lock']): VaultState {
  return { points, lock, tier: 'T0', trustedNow: 10 * dayMs } as unknown as VaultState
}

const row = { id: 'v-1', name: 'main', deletionDueAt: null } as unknown as CatalogVault

test('a backup of the server itself is no point of the vault, and is counted by itself (E1, E6)', () => {
  const state = stateOf([known('a', 20), known('b', 5), known('own', 30, ownTags)], 'compliance')
  deepEqual(lockedPointsOf(pointsOfInstances(state)), {
    count: 1,
    lastEndsAt: 20 * dayMs,
    isForever: false,
  })
  equal(keptServerBackups(state), 1)
  equal(keptServerBackups(stateOf(state.points, 'off')), 0)
})

test('what keeps a vault from being deleted is named: points, and backups of the server itself (E3, E6)', () => {
  const own = known('own', 30, ownTags)
  const locked = proposeRemoval(row, stateOf([known('a', 5), own], 'governed'), 0)
  deepEqual(
    [locked.pointCount, locked.lockedPointCount, locked.serverBackupCount, locked.removableAt],
    [1, 0, 1, 30 * dayMs],
  )
  const free = proposeRemoval(row, stateOf([known('a', 20), own], 'off'), 0)
  deepEqual([free.pointCount, free.lockedPointCount, free.serverBackupCount], [1, 0, 0])
  equal(free.confirmation, 'delete main with 1 points')
})

test('raising a lock says how many points it covers as the vault shows them (L2)', () => {
  const state = stateOf([known('a', 20), known('own', 30, ownTags)], 'off')
  const proposal = proposeLock({ name: 'main', to: 'governed' }, state)
  deepEqual([proposal.pointCount, proposal.lastLockEndsAt], [1, 20 * dayMs])
  ok(proposal.says[0]?.startsWith('The one point of main and every new one'))
})
