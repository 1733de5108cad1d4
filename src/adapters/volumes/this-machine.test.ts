import { deepEqual, equal, match, notEqual, ok, throws } from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { findDatabases } from './find-databases.ts'
import { freeBytesAt, volumeBytesAt } from './list-mounts.ts'
import { architectureOf, fingerprintOf, systemNameIn, thisMachine } from './this-machine.ts'

const signal = new AbortController().signal

test('B1: the mounts of this machine, compared with df', async () => {
  const mounts = await thisMachine().mounts(signal)
  const root = mounts.find(({ path }) => path === '/')
  ok(root !== undefined)
  equal(mounts.find(({ path }) => path === '/proc')?.foreign, 'kernel')
  const local = mounts.filter(({ foreign }) => foreign === undefined)
  for (const { path, totalBytes, usedBytes } of local) {
    const df = execFileSync('df', ['-B1', '--output=size,used', path], { encoding: 'utf8' })
    const [size = 0, used = 0] = (df.split('\n')[1] ?? '').trim().split(/\s+/).map(Number)
    ok(totalBytes >= size, `${path}: the device is at least as large as its file system`)
    ok(totalBytes <= size * 1.3 + 2 ** 30, `${path} has ${totalBytes}, df says ${size}`)
    equal(await volumeBytesAt(path), totalBytes, `${path}: what a backup says of it (H5)`)
    ok(Math.abs(usedBytes - used) < 2 ** 30, `${path} uses ${usedBytes}, df says ${used}`)
  }
})

test('what is free where a path is, or would be, is what df says of the nearest folder', async () => {
  const df = execFileSync('df', ['-B1', '--output=avail', tmpdir()], { encoding: 'utf8' })
  const free = Number(df.split('\n')[1])
  for (const path of [tmpdir(), join(tmpdir(), 'holdfast-none', 'below'), '/proc/self/no/such'])
    ok(Number.isSafeInteger(await freeBytesAt(byteStringFromText(path))), path)
  const none = byteStringFromText(join(tmpdir(), 'holdfast-none', 'below'))
  ok(Math.abs((await freeBytesAt(none)) - free) < 2 ** 30, `df says ${free}`)
  equal(await freeBytesAt(byteStringFromText('/proc/version/below')), 0)
})

test('A02: the fingerprint of a machine stays the same and does not show its id', async () => {
  const [one, two] = [await thisMachine().describe(signal), await thisMachine().describe(signal)]
  equal(one.machine, two.machine)
  match(one.machine, /^[0-9a-f]{64}$/)
  ok(one.hostName.length > 0 && one.systemName.length > 0)
  const a = fingerprintOf('0123456789abcdef0123456789abcdef\n')
  equal(a, fingerprintOf('0123456789ABCDEF0123456789abcdef'))
  notEqual(a, fingerprintOf('1123456789abcdef0123456789abcdef'))
  ok(!a?.includes('0123456789abcdef'))
})

test('what many machines have alike is no fingerprint', () => {
  for (const text of [
    undefined,
    '',
    'uninitialized\n',
    '0'.repeat(32),
    'None',
    'Not Specified',
    'To be filled by O.E.M.',
  ]) {
    equal(fingerprintOf(text), undefined, String(text))
  }
})

test('A8: 64-bit x86 and ARM, nothing else', () => {
  deepEqual(['x64', 'arm64'].map(architectureOf), ['x86-64', 'arm64'])
  for (const name of ['ia32', 'arm', 'riscv64'])
    throws(() => architectureOf(name), { code: 'system.unsupported' })
})

test('the name of the system', () => {
  equal(
    systemNameIn('NAME=x\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'),
    'Debian GNU/Linux 13 (trixie)',
  )
  equal(systemNameIn("NAME='Alpine Linux'"), 'Alpine Linux')
  equal(systemNameIn(''), 'Linux')
})

test('B7: databases are found by their places, their settings and their processes', async () => {
  const root = mkdtempSync(join(tmpdir(), 'hf-db-'))
  const put = (path: string, text = '') => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const running = (id: number, comm: string, args: string[], cwd: string, jail = '/') => {
    put(`/proc/${id}/comm`, `${comm}\n`)
    put(`/proc/${id}/cmdline`, `${args.join('\0')}\0`)
    symlinkSync(cwd, join(root, `/proc/${id}/cwd`))
    symlinkSync(jail, join(root, `/proc/${id}/root`))
  }
  try {
    put('/var/lib/mysql/ibdata1')
    put('/var/lib/postgresql/17/main/PG_VERSION', '17')
    put('/var/lib/redis/other.txt')
    put('/etc/mongod.conf', 'storage:\n  dbPath: /srv/mongo\n')
    put('/srv/mongo/WiredTiger')
    put('/data/maria/aria_log_control')
    put('/data/pg/PG_VERSION')
    put('/var/opt/mssql/data/master.mdf')
    put('/inside/ibdata1')
    running(11, 'mariadbd', ['/usr/sbin/mariadbd', '--datadir=/data/maria'], '/')
    running(12, 'postgres', ['postgres', '-D', '/data/pg'], '/data/pg')
    running(13, 'mysqld', ['mysqld', '--datadir=/inside'], '/inside', '/container')
    running(14, 'bash', ['bash'], '/var/lib/redis')
    const found = await findDatabases(root)
    deepEqual(found.map(({ kind, path, running }) => `${path} ${kind} ${running}`).sort(), [
      '/data/maria mysql true',
      '/data/pg postgresql true',
      '/srv/mongo mongodb false',
      '/var/lib/mysql mysql true',
      '/var/lib/postgresql/17/main postgresql true',
      '/var/opt/mssql/data other false',
    ])
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('B7: a server that runs here is found by where it stands', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-redis-'))
  writeFileSync(join(folder, 'dump.rdb'), '')
  execFileSync('cp', ['/bin/sleep', join(folder, 'redis-server')])
  const server = spawn(join(folder, 'redis-server'), ['30'], { cwd: folder })
  try {
    await new Promise((resolve) => server.once('spawn', resolve))
    const found = (await findDatabases()).filter(({ path }) => path === folder)
    deepEqual(found, [{ kind: 'redis', path: folder, running: true }])
  } finally {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
})
