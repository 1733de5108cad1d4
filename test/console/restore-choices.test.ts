// What is chosen in the restore wizard becomes the restore that was meant (F1 to F4).

import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { type Entry, type InstanceId, listedPathsMax, type PointId, type VaultId } from '#contract'
import type { Selected } from '../../src/console/pages/point/selected.ts'
import {
  bodyOf,
  type Choices,
  firstChoices,
  isReady,
  pathsOfList,
  problemOfList,
} from '../../src/console/pages/restore-wizard/choices.ts'

const machine = { instanceId: 'i-1' as InstanceId, name: 'web-1' }
const point = { vaultId: 'v-1' as VaultId, pointId: 'p-1' as PointId }
const nothing: Selected = new Map()
const hosts = byteStringFromText('/etc/hosts')
const one: Selected = new Map([[hosts, { path: hosts } as Entry]])

function chosen(change: Partial<Choices>, selected = nothing): Choices {
  return { ...firstChoices(selected), machine, folder: '/srv/restored', ...change }
}

test('F1: what was ticked is what is restored; without a tick, everything', () => {
  deepEqual(bodyOf(point, one, chosen({}, one)), {
    ...{ vaultId: 'v-1', pointIds: ['p-1'], targetInstanceId: 'i-1' },
    targetPath: '/srv/restored',
    selection: { kind: 'include', paths: ['/etc/hosts'] },
    conflict: 'skip',
  })
  deepEqual(bodyOf(point, nothing, chosen({})).selection, { kind: 'all' })
  deepEqual(bodyOf(point, one, chosen({ what: 'all' }, one)).selection, { kind: 'all' })
})

test('F1: a list is taken, or left out, line by line; blanks inside and at the ends are of the names', () => {
  const list = '/etc/hosts\r\n\n/srv/a b \n/etc/hosts\n'
  deepEqual(pathsOfList(list), ['/etc/hosts', '/srv/a b '])
  for (const what of ['include', 'exclude'] as const)
    deepEqual(bodyOf(point, one, chosen({ what, list }, one)).selection, {
      kind: what,
      paths: ['/etc/hosts', '/srv/a b '],
    })
})

test('F3: without a folder nothing begins, unless it is the original places', () => {
  equal(isReady(chosen({})), true)
  equal(isReady(chosen({ machine: undefined })), false)
  for (const folder of ['', 'srv', './srv']) equal(isReady(chosen({ folder })), false, folder)
  const inPlace = chosen({ folder: 'srv', place: 'original' })
  equal(isReady(inPlace), true)
  equal('targetPath' in bodyOf(point, nothing, inPlace), false)
})

test('a list that is empty, too long, or of paths that begin nowhere begins nothing', () => {
  const listed = (list: string) => isReady(chosen({ what: 'exclude', list }))
  equal(listed('/etc'), true)
  equal(listed(' \n'), false, 'all but nothing would be everything')
  equal(listed('/etc\netc'), false)
  deepEqual(problemOfList('/etc\netc'), { kind: 'relative', path: 'etc' })
  const many = Array.from({ length: listedPathsMax + 1 }, (_, at) => `/${at}`).join('\n')
  equal(listed(many), false)
  deepEqual(problemOfList(many), { kind: 'too-many' })
})
