import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText as text } from '#base'
import { idFromBytes } from '#contract'
import { linuxSystemDirectories } from '#engine'
import type { Mount } from '../ports.ts'
import type { BackupAssignment } from '../work.ts'
import { expandPaths, matches } from './expand-paths.ts'
import { planSources } from './plan-sources.ts'

const zero = new Uint8Array(16)
const essential: BackupAssignment = {
  kind: 'backup',
  number: 1,
  jobId: idFromBytes('job', zero),
  attempt: 1,
  vaultId: idFromBytes('vault', zero),
  limits: {},
  hooks: {},
}
const mount = (path: string, foreign?: Mount['foreign']): Mount => ({
  path: text(path),
  fileSystem: foreign === undefined ? 'ext4' : 'x',
  totalBytes: 1,
  usedBytes: 1,
  foreign,
})
const around = {
  mounts: [
    mount('/'),
    mount('/proc', 'kernel'),
    mount('/data'),
    mount('/boot'),
    mount('/srv/disk'),
    mount('/mnt/nfs', 'network'),
    mount('/tmp', 'memory'),
  ],
  databases: [
    { kind: 'mysql', path: text('/var/lib/mysql'), running: true },
    { kind: 'redis', path: text('/var/lib/redis'), running: false },
  ] as const,
  ownDirectories: [text('/opt/holdfast/client')],
  paths: [],
}

test('B1: Essential takes every local volume, one source each, and crosses into no other mount', () => {
  const plan = planSources(essential, around)
  deepEqual(plan.sources, ['/', '/data'])
  for (const path of ['/data', '/boot', '/mnt/nfs', '/tmp', '/proc', '/opt/holdfast/client']) {
    ok(plan.excludedDirectories.includes(text(path)), path)
  }
  ok(!plan.excludedDirectories.includes(text('/')))
})

test('B2: Essential leaves out the directories of the system, exactly those', () => {
  const plan = planSources(essential, { ...around, mounts: [mount('/')], ownDirectories: [] })
  deepEqual(plan.excludedDirectories, [...linuxSystemDirectories])
  deepEqual(
    linuxSystemDirectories.join(' '),
    '/bin /usr/bin /sbin /usr/sbin /boot /proc /sys /srv /lib /lib32 /lib64 /selinux /run /lost+found',
  )
})

test('B7: a database that runs below a source is warned about', () => {
  const { warnings } = planSources(essential, around)
  equal(warnings.length, 1)
  match(warnings[0] ?? '', /\/var\/lib\/mysql holds a mysql database that is running/)
})

test('B3, B4: a policy takes its paths, foreign mounts too, with a warning', () => {
  const assignment = { ...essential, sources: { paths: [text('/mnt/nfs/a')], exclude: ['*.tmp'] } }
  const plan = planSources(assignment, { ...around, paths: [text('/mnt/nfs/a')] })
  deepEqual(plan.sources, ['/mnt/nfs/a'])
  deepEqual(plan.exclude, ['*.tmp'])
  deepEqual(plan.excludedDirectories, ['/opt/holdfast/client', '/proc'])
  match(plan.warnings.join(), /\/mnt\/nfs is a foreign mount/)
  const system = { ...assignment, sources: { ...assignment.sources, excludeSystemFolders: true } }
  ok(
    planSources(system, { ...around, paths: [text('/')] }).excludedDirectories.includes(
      text('/usr/bin'),
    ),
  )
})

test('a machine without a local volume is told, not backed up as nothing', () => {
  throws(() => planSources(essential, { ...around, mounts: [mount('/', 'overlay')] }), {
    code: 'source.unusable',
  })
})

test('B3: wildcards stand for part of one name; links are followed before the policy judges', async () => {
  const made = mkdtempSync(join(tmpdir(), 'hf-paths-'))
  const folder = realpathSync(made)
  try {
    for (const path of ['a/1/share', 'a/2/share', 'a/3/other', 'b/deep/1/share']) {
      mkdirSync(join(folder, path), { recursive: true })
    }
    writeFileSync(join(folder, 'a/file'), '')
    symlinkSync(join(folder, 'b'), join(folder, 'link'))
    const found = await expandPaths([text(`${folder}/a/*/share`)])
    deepEqual(found, [`${folder}/a/1/share`, `${folder}/a/2/share`])
    deepEqual(await expandPaths([text(`${folder}/link/`)]), [`${folder}/b`])
    await rejects(expandPaths([text(`${folder}/gone`)]), { code: 'source.unusable' })
    await rejects(expandPaths([text(`${folder}/z*/share`)]), { code: 'source.unusable' })
  } finally {
    rmSync(made, { recursive: true })
  }
})

test('a name fits a pattern in time that no pattern can blow up', () => {
  const fits = ['abc', 'aXbYc', 'abcabc'].map((name) => matches(name, 'a*b*c'))
  deepEqual(fits, [true, true, true])
  deepEqual(
    ['ab', 'cab', ''].map((name) => matches(name, 'a*b*c')),
    [false, false, false],
  )
  ok(!matches('a', 'a*a'))
  ok(matches('x', '*') && matches('', '*') && !matches('xy', 'x'))
  const before = performance.now()
  matches('a'.repeat(255), `${'*a'.repeat(5_000)}b`)
  ok(performance.now() - before < 200)
})
