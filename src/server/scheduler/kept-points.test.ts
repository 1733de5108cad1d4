import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import type { PlanId } from '#contract'
import type { KnownPoint, Point } from '#engine'
import { chooseKept, type KeepTerms } from './kept-points.ts'

type Made = {
  readonly id: string
  readonly version: string
  readonly plan?: string
  readonly volume?: string
  readonly status?: Point['status']
  readonly trashed?: true
  readonly foreign?: true
}

/** In the order in which they were made. */
function points(...made: readonly Made[]): readonly KnownPoint[] {
  return made.map((one, sequence) => {
    const { id, version, plan = 'p', volume = '/', status = 'complete' } = one
    const facts = { instanceId: 'i', versionId: version, planId: plan }
    const tags = one.foreign
      ? []
      : Object.entries(facts).map(([name, value]) => `holdfast:${name}=${value}`)
    const point = {
      createdAt: sequence,
      trustedAt: sequence,
      sequence,
      host: 'web-1',
      tags,
      sources: [{ path: byteStringFromText(volume), prefix: '' }],
      status,
      summary: {},
    }
    const trashedUntil = one.trashed ? 1 : undefined
    // What the choice does not look at is left out.
    return {
      id,
      point,
      state: { retainUntil: 0, holds: [], trashedUntil },
    } as unknown as KnownPoint
  })
}

const keeping: KeepTerms = {
  status: 'ACTIVE',
  keepAtLeastOne: true,
  keepChangedAt: 0,
  canceledAt: null,
}
const hour = 3_600_000

function kept(known: readonly KnownPoint[], plans: Readonly<Record<string, KeepTerms>>, now = 0) {
  const map = new Map(Object.entries(plans).map(([id, terms]) => [id as PlanId, terms]))
  return [...chooseKept({ points: known, plans: map, now })].toSorted()
}

test('the newest version is kept with all its volumes, older ones are not (C6)', () => {
  const known = points(
    { id: 'a', version: '1' },
    { id: 'b', version: '1', volume: '/home' },
    { id: 'c', version: '2' },
    { id: 'd', version: '2', volume: '/home' },
  )
  deepEqual(kept(known, { p: keeping }), ['c', 'd'])
})

test('a partial version replaces no whole one (C6, L10)', () => {
  const known = points(
    { id: 'a', version: '1' },
    { id: 'b', version: '2' },
    { id: 'c', version: '3', status: 'partial' },
  )
  deepEqual(kept(known, { p: keeping }), ['b', 'c'])
})

test('a version that lacks a volume replaces none that has it', () => {
  const known = points(
    { id: 'a', version: '1' },
    { id: 'b', version: '1', volume: '/home' },
    { id: 'c', version: '2' },
  )
  deepEqual(kept(known, { p: keeping }), ['b', 'c'])
})

test('switched off or unbound, it counts an hour later; unknown, never (L10, C8, E6)', () => {
  const known = points({ id: 'a', version: '1' })
  const off: KeepTerms = {
    status: 'PAUSED',
    keepAtLeastOne: false,
    keepChangedAt: 1_000,
    canceledAt: null,
  }
  deepEqual(kept(known, { p: off }, 1_000 + hour - 1), ['a'])
  deepEqual(kept(known, { p: off }, 1_000 + hour), [])
  const unbound: KeepTerms = { ...keeping, status: 'CANCELED', canceledAt: 1_000 }
  deepEqual(kept(known, { p: unbound }, 1_000 + hour - 1), ['a'])
  deepEqual(kept(known, { p: unbound }, 1_000 + hour), [])
  deepEqual(kept(known, { p: { ...off, ...unbound, keepAtLeastOne: false } }, 1_000 + hour), [])
  deepEqual(kept(known, {}), ['a'])
})

test('each plan keeps its own, also after the instance has another', () => {
  const known = points(
    { id: 'a', version: '1', plan: 'old' },
    { id: 'b', version: '2', plan: 'new' },
  )
  deepEqual(kept(known, { old: keeping, new: keeping }), ['a', 'b'])
  deepEqual(kept(known, { old: { ...keeping, status: 'CANCELED' }, new: keeping }), ['b'])
})

test('what is in the trash is kept only where there is nothing else', () => {
  const known = points({ id: 'a', version: '1' }, { id: 'b', version: '2', trashed: true })
  deepEqual(kept(known, { p: keeping }), ['a'])
  deepEqual(kept(points({ id: 'b', version: '2', trashed: true }), { p: keeping }), ['b'])
})

test('the newest of each source that no server made is kept', () => {
  const known = points(
    { id: 'a', version: '', foreign: true },
    { id: 'b', version: '', foreign: true },
    { id: 'c', version: '', foreign: true, volume: '/srv' },
  )
  deepEqual(kept(known, {}), ['b', 'c'])
})
