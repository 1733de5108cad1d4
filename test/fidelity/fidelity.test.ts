// B5: every kind of entry and of metadata goes through the real program and comes back, as tools that are not ours see it.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Desk, readEvents } from '../e2e/program.ts'
import { deepFactsOf, diskBytesOf, listDifferences } from './outside-tools.ts'

const needsRoot = process.getuid?.() === 0 ? false : 'needs root'
const nobody = 65534
const onlySocket = [
  'content: Only in source: socket',
  'missing: socket',
  'getfacl: lost # file: ./socket',
]
const namedToUser = [
  /Owners are not restored: that takes root/,
  /setuid: setIds stripped/,
  /null: not restored: a device/,
  /capable: xattr stripped \(security\.capability\)/,
  /attributes: xattr stripped \(trusted\.note\)/,
  /immutable: inodeFlags denied/,
  /socket: not restored: a socket/,
]

test('B5: every kind of entry, through the real program', { skip: needsRoot }, async (context) => {
  const desk = deskWithEveryKind(context)
  const target = ownFolder(desk, 'target')
  await context.test('what Linux knows of files comes back', () => bringBack(desk, target))
  await context.test('so it does from a point that took over what the one before had', () =>
    bringBackAgain(desk),
  )
  await context.test('a restore over it writes nothing, and puts right what was changed', () =>
    putRight(desk, target),
  )
  await context.test('names of any bytes can be asked for one by one', () => askByName(desk))
  await context.test(
    'a user who may not do everything gets what he may, and the rest is named',
    () => bringBackUnprivileged(desk),
  )
})

test('B5: a tree deeper than a path may be long comes back', (context) => {
  const desk = new Desk(context)
  const dig =
    'cd "$1" && n=$(printf "d%.0s" {1..200}) && for i in {1..40}; do mkdir $n && cd $n && echo $i > "file $i"; done'
  execFileSync('bash', ['-c', dig, 'bash', desk.source])
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const target = ownFolder(desk, 'target')
  desk.do(['restore', 'latest', '--target', target])
  equal(deepFactsOf(target), deepFactsOf(desk.source))
  equal(desk.do(['ls', 'latest', '-R']).trimEnd().split('\n').length, 81)
  for (const folder of [desk.source, target]) execFileSync('rm', ['-r', folder])
})

function bringBack(desk: Desk, target: string): void {
  desk.do(['init'])
  const point = readEvents(desk.do(['backup', desk.source, '--json'])).at(-1)
  deepEqual([point?.['status'], point?.['failureCount']], ['complete', 0])
  const events = readEvents(desk.do(['restore', 'latest', '--target', target, '--json']))
  ok(events.some(({ event, path }) => event === 'note' && path === 'socket'))
  deepEqual(withoutFolder(desk, listDifferences(desk.source, target)), onlySocket)
  ok(diskBytesOf(target) < diskBytesOf(desk.source) + 500_000, 'holes are holes again')
}

function bringBackAgain(desk: Desk): void {
  desk.do(['backup', desk.source])
  const target = ownFolder(desk, 'again')
  desk.do(['restore', 'latest', '--target', target])
  deepEqual(withoutFolder(desk, listDifferences(desk.source, target)), onlySocket)
  desk.do(['verify', '--read-data'])
}

function putRight(desk: Desk, target: string): void {
  const words = ['restore', 'latest', '--target', target, '--on-conflict', 'overwrite', '--json']
  clearFlags(target)
  equal(readEvents(desk.do(words)).at(-1)?.['restoredBytes'], 0)
  deepEqual(withoutFolder(desk, listDifferences(desk.source, target)), onlySocket)
  clearFlags(target)
  const spoil = `cd "$1" && echo more >> 'size 257' && chmod 777 acl && setfattr -x user.text attributes &&
    rm link && ln -s elsewhere link && rm 'third name' && echo other > 'third name' && setcap -r capable &&
    truncate -s 5 holes && rm -r 'default acl' && rmdir deep/er/and/deeper && rm fifo && echo > fifo`
  execFileSync('bash', ['-c', spoil, 'bash', target], { env: withSbin() })
  ok(listDifferences(desk.source, target).length > 12)
  desk.do(words)
  deepEqual(withoutFolder(desk, listDifferences(desk.source, target)), onlySocket)
}

function askByName(desk: Desk): void {
  const target = ownFolder(desk, 'by name')
  const names = [
    'new\nline',
    'esc\x1b[31mred',
    'bidi\u202etxt.exe',
    '-rf',
    '...',
    '__proto__',
    'hex:6162',
  ]
  const words = names.map((name) => `folders/${name}`)
  desk.do(['restore', 'latest', '--target', target, '--', ...words])
  deepEqual(readdirSync(join(target, 'folders')).sort(), names.sort())
  for (const name of names) equal(readdirSync(join(target, 'folders', name)).join(), 'within')
}

function bringBackUnprivileged(desk: Desk): void {
  chmodSync(desk.folder, 0o755)
  const home = ownFolder(desk, 'home')
  cpSync(desk.vault, join(home, 'vault'), { recursive: true })
  cpSync(desk.keyFile, join(home, 'key'))
  const target = ownFolder(desk, 'home/target')
  execFileSync('chown', ['-R', `${nobody}:${nobody}`, home])
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    HOLDFAST_VAULT: join(home, 'vault'),
    HOLDFAST_KEY_FILE: join(home, 'key'),
  }
  const words = ['restore', 'latest', '--target', target]
  const { code, out, err } = desk.run(words, { env, uid: nobody })
  equal(code, 0, err + out)
  for (const named of namedToUser) match(err + out, named)
  const rest = listDifferences(desk.source, target).filter((line) => !isPrivileged(line))
  const lost = ['disk', 'large numbers', 'null', 'socket']
  deepEqual(withoutFolder(desk, rest).toSorted(), [
    ...lost.map((name) => `content: Only in source: ${name}`),
    ...lost.map((name) => `missing: ${name}`),
  ])
}

/** What an unprivileged user cannot have: owners, and the metadata that the program named. */
function isPrivileged(line: string): boolean {
  return (
    /^(?:owner|tar|getcap|lsattr): /.test(line) ||
    /^getfacl: .*(?:owner|group|file: \.\/(?:socket|null|disk|large numbers))/.test(line) ||
    /^xattr: .*(?:trusted|security)\./.test(line) ||
    /^type and mode: set[ug]id/.test(line) ||
    /^getfacl: (?:lost|new) # flags/.test(line)
  )
}

function deskWithEveryKind(context: TestContext): Desk {
  let made: Desk | undefined
  // Before the desk clears itself away, which an immutable file would hinder.
  context.after(() => {
    if (made !== undefined) clearFlags(made.folder)
  })
  made = new Desk(context)
  // A folder that others can reach takes no privileged entries; see A16.
  chmodSync(made.folder, 0o700)
  const script = join(import.meta.dirname, 'every-kind.sh')
  execFileSync('bash', [script, made.source], { env: withSbin() })
  return made
}

function clearFlags(folder: string): void {
  spawnSync('chattr', ['-R', '-f', '-i', '-a', folder], { env: withSbin() })
}

function ownFolder(desk: Desk, name: string): string {
  const folder = desk.path(name)
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

function withoutFolder(desk: Desk, lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replaceAll(`${desk.folder}/`, ''))
}

function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
}
