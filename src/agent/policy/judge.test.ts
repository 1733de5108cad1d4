// A21: what a server could ask for that it must not get, asked of the judgement itself.
import { deepEqual, doesNotThrow, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { byteStringFromText as text } from '#base'
import { idFromBytes, ids } from '#contract'
import type { BackupAssignment, RestoreAssignment } from '../work.ts'
import { judgeAssignment, mergeLimits } from './judge.ts'
import { defaultPolicy, type LocalPolicy } from './local-policy.ts'

const zero = new Uint8Array(16)
const backup: BackupAssignment = {
  kind: 'backup',
  number: 1,
  jobId: idFromBytes('job', zero),
  attempt: 1,
  vaultId: idFromBytes('vault', zero),
  limits: {},
  hooks: {},
}
const restore: RestoreAssignment = {
  kind: 'restore',
  number: 1,
  restoreJobId: idFromBytes('restoreJob', zero),
  attempt: 1,
  vaultId: idFromBytes('vault', zero),
  pointIds: [ids.point.parse('0'.repeat(64))],
  selection: { kind: 'all' },
  conflict: 'skip',
  limits: {},
}

function refuses(assignment: Parameters<typeof judgeAssignment>[0], policy: LocalPolicy): void {
  throws(() => judgeAssignment(assignment, policy), { code: 'agent.policy-refused' })
}
function allows(assignment: Parameters<typeof judgeAssignment>[0], policy: LocalPolicy): void {
  doesNotThrow(() => judgeAssignment(assignment, policy))
}
function judgeHooks(named: BackupAssignment['hooks'], hooks: LocalPolicy['hooks']): void {
  judgeAssignment({ ...backup, hooks: named }, { ...defaultPolicy, hooks })
}
const of = (...paths: string[]) => ({ ...backup, sources: { paths: paths.map(text) } })
const into = (path: string) => ({ ...restore, targetPath: text(path) })

test('A21: nothing is backed up outside of the backup roots, with wildcards and dots neither', () => {
  const policy = { ...defaultPolicy, backupRoots: [text('/home'), text('/srv')] }
  for (const path of ['/home', '/home/a', '/srv//x/', '/home/*/docs']) allows(of(path), policy)
  for (const path of ['/', '/etc', '/homes', '/home/../etc', '/*', '/h*/a', '/home/./a']) {
    refuses(of(path), policy)
  }
  refuses(of('/home/a', '/etc'), policy)
})

test('A21: an exclusion of everything is refused', () => {
  for (const pattern of ['*', '/*', '/**', '**/*', '/']) {
    refuses({ ...backup, sources: { paths: [text('/home')], exclude: [pattern] } }, defaultPolicy)
  }
  allows({ ...backup, sources: { paths: [text('/home')], exclude: ['*.tmp'] } }, defaultPolicy)
})

test('A21: a restore writes where programs and settings live only if the machine says so', () => {
  for (const path of [
    '/etc',
    '/etc/cron.d',
    '/usr/local/bin',
    '/root/.ssh',
    '/boot',
    '/opt/holdfast/client',
  ]) {
    refuses(into(path), defaultPolicy)
    allows(into(path), { ...defaultPolicy, restoreDenied: [] })
  }
  for (const path of ['/home/a/new', '/srv/restored', '/etcetera'])
    allows(into(path), defaultPolicy)
  refuses(into('/home/../etc'), defaultPolicy)
  refuses(into('/srv/x'), { ...defaultPolicy, restoreRoots: [text('/home')] })
  refuses(into('/srv/x'), { ...defaultPolicy, allow: { ...defaultPolicy.allow, restores: false } })
})

test('A21: folders are listed where a restore may go, and on the way there', () => {
  const look = (path: string) => ({ kind: 'list-folder', number: 1, path: text(path) }) as const
  const policy = { ...defaultPolicy, restoreRoots: ['/srv/data', '/root/back'].map(text) }
  for (const path of ['/', '//', '/srv', '/srv/', '/srv/data', '/srv/data/a', '/root']) {
    allows(look(path), policy)
  }
  for (const path of [
    '/srv/dat',
    '/srv/other',
    '/home',
    '/root/back/a',
    '/srv/data/../..',
    'C:\\',
  ]) {
    refuses(look(path), policy)
  }
  for (const path of ['/', '/home', '/srv/x']) allows(look(path), defaultPolicy)
  for (const path of ['/etc', '/root/.ssh', '/var/lib/holdfast']) refuses(look(path), defaultPolicy)
  const closed = { ...defaultPolicy, allow: { ...defaultPolicy.allow, restores: false } }
  refuses(look('/'), closed)
})

test('A21: files are replaced in place only if the machine says so', () => {
  const allowed = { ...defaultPolicy, allow: { ...defaultPolicy.allow, overwriteInPlace: true } }
  for (const conflict of ['overwrite', 'keepNewer'] as const) {
    for (const target of [restore, into('/'), into('//')]) {
      refuses({ ...target, conflict }, defaultPolicy)
      allows({ ...target, conflict }, allowed)
    }
    allows({ ...into('/home/a'), conflict }, defaultPolicy)
  }
  for (const conflict of ['skip', 'rename'] as const)
    allows({ ...restore, conflict }, defaultPolicy)
})

test('A21: a hook that the machine does not name, upgrades and removal where they are switched off', () => {
  const hooks = new Map([['dump', 'dump.sh']])
  allows({ ...backup, hooks: { before: 'dump' } }, { ...defaultPolicy, hooks })
  const unknown = { code: 'hook.unknown' }
  const { hooks: none } = defaultPolicy
  throws(() => judgeHooks({ after: 'other' }, hooks), unknown)
  throws(() => judgeHooks({ before: 'dump', after: 'other' }, hooks), unknown)
  throws(() => judgeHooks({ before: 'dump' }, none), unknown)
  const allow = { ...defaultPolicy.allow, upgrades: false, uninstall: false }
  const upgrade = { version: '2.0.0', build: 'linux-arm64', sha256: '0', signature: '' } as const
  refuses({ kind: 'upgrade', number: 1, ...upgrade }, { ...defaultPolicy, allow })
  refuses({ kind: 'uninstall', number: 1 }, { ...defaultPolicy, allow })
  allows({ kind: 'uninstall', number: 1 }, defaultPolicy)
})

test('D3: of two limits the stricter one counts', () => {
  const policy = { ...defaultPolicy, limits: { bytesPerSecondMax: 10, coresMax: 4 } }
  deepEqual(mergeLimits({ bytesPerSecondMax: 30, memoryBytesMax: 7 }, policy), {
    bytesPerSecondMax: 10,
    coresMax: 4,
    memoryBytesMax: 7,
  })
  deepEqual(mergeLimits({ coresMax: 1 }, policy), { bytesPerSecondMax: 10, coresMax: 1 })
  deepEqual(mergeLimits({}, defaultPolicy), {})
})
