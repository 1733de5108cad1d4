import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import { ids, type Point, type Version } from '#contract'
import { placePath, sourcePath } from './choose-version.ts'
import { planRestores } from './restore-parts.ts'
import { parseWhen } from './when.ts'

const digits = (n: number) => String(n).padStart(26, '0')
const vaultId = ids.vault.parse(`v-${digits(1)}`)
const versionId = ids.version.parse(`ver-${digits(1)}`)
const instanceId = ids.instance.parse(`i-${digits(1)}`)
const sums = { files: 1, sourceBytes: 1, newBytes: 1, storedBytes: 1 }

function pointOf(path: string, number: number, status: Point['status'] = 'complete'): Point {
  return {
    pointId: ids.point.parse(String(number).repeat(64)),
    vaultId,
    versionId,
    instanceId,
    path: byteStringFromText(path),
    status,
    createdAt: 0,
    locked: true,
    holds: [],
    keptAsNewest: false,
    failureCount: 0,
    ...sums,
  }
}

function versionOf(...points: readonly Point[]): Version {
  return {
    versionId,
    instanceId,
    vaultId,
    status: 'complete',
    createdAt: 0,
    points,
    ...sums,
  }
}

const system = pointOf('/', 1)
const data = pointOf('/srv/data', 2)
const home = pointOf('/home', 3)
const all = versionOf(system, data, home)

const place = (version: Version, path: string) =>
  placePath(version, sourcePath(path)).map(({ point, inside }) => [point.path, inside])

test('a path is looked for on the volume that it was on, and on those mounted below it', () => {
  deepEqual(place(all, '/etc/hosts'), [['/', 'etc/hosts']])
  deepEqual(place(all, '/srv/data/db'), [['/srv/data', 'db']])
  deepEqual(place(all, '/srv/data'), [['/srv/data', '']])
  deepEqual(place(all, '/srv'), [
    ['/', 'srv'],
    ['/srv/data', ''],
  ])
  deepEqual(place(all, '/'), [
    ['/', ''],
    ['/srv/data', ''],
    ['/home', ''],
  ])
  // A name that only begins like a volume is none of it.
  deepEqual(place(all, '/srv/database'), [['/', 'srv/database']])
  deepEqual(place(all, '/homes'), [['/', 'homes']])
})

test('without a root volume, what is above the volumes holds them, and the rest is not there', () => {
  const version = versionOf(data, home)
  deepEqual(place(version, '/'), [
    ['/srv/data', ''],
    ['/home', ''],
  ])
  deepEqual(place(version, '/srv'), [['/srv/data', '']])
  throws(() => place(version, '/etc'), { code: 'path.not-found' })
})

test('B6: a path of a volume that could not be backed up is told as that, and looked for nowhere else', () => {
  const version = versionOf(system, pointOf('/home', 3, 'failed'))
  throws(() => place(version, '/home/ada'), { code: 'path.unread' })
  deepEqual(place(version, '/'), [['/', '']])
})

test('F1: what comes back whole shares a job, chosen paths have one for each volume', () => {
  const placed = ['/srv', '/etc/hosts', '/etc/fstab', '/home/ada'].flatMap((path) =>
    placePath(all, sourcePath(path)),
  )
  const parts = planRestores(placed).map(({ points, paths }) => [
    points.map(({ path }) => path),
    paths,
  ])
  deepEqual(parts, [
    [['/srv/data'], undefined],
    [['/'], ['srv', 'etc/hosts', 'etc/fstab']],
    [['/home'], ['ada']],
  ])
  const whole = planRestores(['/', '/etc'].flatMap((path) => placePath(all, sourcePath(path))))
  deepEqual(
    whole.map(({ points, paths }) => [points.length, paths]),
    [[3, undefined]],
  )
})

test('paths are from the root, however they were typed', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['etc/hosts', '/etc/hosts'],
    ['/etc//x/', '/etc/x'],
    ['/', '/'],
    ['//', '/'],
    ['', '/'],
    ['/etc///', '/etc'],
  ]
  for (const [typed, wanted] of cases) equal(sourcePath(typed), wanted as ByteString, typed)
})

test('a day begins and ends where this machine is; a duration counts back', () => {
  const nowMs = Date.parse('2026-11-22T12:00:00Z')
  const at = (text: string, side: 'start' | 'end') =>
    parseWhen(text, { what: '--since', nowMs, side })
  equal(at('2026-11-20', 'start'), Date.parse('2026-11-20T00:00:00'))
  equal(at('2026-11-20', 'end'), Date.parse('2026-11-21T00:00:00') - 1)
  equal(at('2026-11-20T03:00Z', 'end'), Date.parse('2026-11-20T03:00:00Z'))
  equal(at('2026-11-20 03:00', 'start'), Date.parse('2026-11-20T03:00:00'))
  equal(at('7d', 'start'), nowMs - 7 * 86_400_000)
  for (const text of ['yesterday', '2026-13-01', '2026-11-20T25:00', '', 'forever', '-1d'])
    throws(() => at(text, 'start'), { code: 'usage.invalid' }, text)
})
