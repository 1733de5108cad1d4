// F04: disks that are full, in the vault and in the target, and a vault that cannot be written to: on real file systems.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Desk, readEvents } from '../e2e/program.ts'

const needsRoot = process.getuid?.() === 0 ? false : 'needs root, to mount'
const mebibyte = 1024 * 1024

test('F04: a vault without room says so, keeps what it has, and goes on when there is room', {
  skip: needsRoot,
}, (context) => {
  const { desk, mount } = deskWithDisks(context)
  const disk = mount('disk', 16)
  const vault = ['--vault', join(disk, 'vault')]
  fs.writeFileSync(join(desk.source, 'first'), randomBytes(4 * mebibyte))
  desk.do(['init', ...vault])
  desk.do(['backup', desk.source, ...vault])
  const kept = keepCopy(desk, 'kept')

  fs.writeFileSync(join(desk.source, 'large'), randomBytes(24 * mebibyte))
  const full = desk.run(['backup', desk.source, ...vault])
  equal(full.code, 1, full.err)
  match(full.err, /storage of the vault is full/i)
  match(full.err, /Free space, .*older points are intact/)
  deepEqual(fs.readdirSync(join(disk, 'vault/tmp')), [], 'no half of a pack takes up room')
  equal(readEvents(desk.do(['points', '--json', ...vault])).length, 1)
  desk.do(['verify', '--read-data', ...vault])
  compareRestored(desk, kept, vault)
  desk.do(['gc', ...vault])

  fs.truncateSync(join(desk.source, 'large'), 6 * mebibyte)
  desk.do(['backup', desk.source, ...vault])
  compareRestored(desk, desk.source, vault)
  execFileSync('mount', ['-o', 'remount,size=64m', disk])
  fs.writeFileSync(join(desk.source, 'large'), randomBytes(24 * mebibyte))
  desk.do(['backup', desk.source, ...vault])
  compareRestored(desk, desk.source, vault)
  desk.do(['verify', '--read-data', ...vault])
})

test('F04: with not a byte left a vault still shows, checks and gives back what it has', {
  skip: needsRoot,
}, (context) => {
  const { desk, mount } = deskWithDisks(context)
  const disk = mount('disk', 12)
  const vault = ['--vault', join(disk, 'vault')]
  fs.writeFileSync(join(desk.source, 'first'), randomBytes(4 * mebibyte))
  desk.do(['init', ...vault])
  desk.do(['backup', desk.source, ...vault])
  spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k'])
  desk.do(['points', ...vault])
  desk.do(['verify', '--read-data', ...vault])
  compareRestored(desk, desk.source, vault)
  for (const words of [['backup', desk.source], ['expire'], ['gc']]) {
    const { code, err } = desk.run([...words, ...vault])
    ok(code === 0 || /storage of the vault is full/i.test(err), `${words[0]}: ${err}`)
  }
  fs.rmSync(join(disk, 'filler'))
  desk.do(['backup', desk.source, ...vault])
  desk.do(['gc', ...vault])
  desk.do(['verify', '--read-data', ...vault])
})

test('a vault that cannot be written to is read all the same, and refuses what would change it', {
  skip: needsRoot,
}, (context) => {
  const { desk, mount } = deskWithDisks(context)
  const disk = mount('disk', 16)
  const vault = ['--vault', join(disk, 'vault')]
  fs.writeFileSync(join(desk.source, 'file'), randomBytes(mebibyte))
  desk.do(['init', ...vault])
  desk.do(['backup', desk.source, ...vault])
  execFileSync('mount', ['-o', 'remount,ro', disk])
  desk.do(['points', ...vault])
  desk.do(['ls', 'latest', ...vault])
  desk.do(['find', 'file', ...vault])
  desk.do(['verify', '--read-data', ...vault])
  compareRestored(desk, desk.source, vault)
  for (const words of [
    ['backup', desk.source],
    ['expire', 'latest'],
    ['gc'],
    ['hold', 'latest', '--reason', 'x'],
  ]) {
    const { code, err } = desk.run([...words, ...vault])
    equal(code, 1, err)
    match(err, /The storage of the vault refuses .*: it is on a read-only file system/)
  }
  execFileSync('mount', ['-o', 'remount,rw', disk])
  desk.do(['backup', desk.source, ...vault])
})

test('F04, F22: a target without room fails with the file named, no half file has a final name, and it goes on', {
  skip: needsRoot,
}, (context) => {
  const { desk, mount } = deskWithDisks(context)
  for (let i = 0; i < 6; i++)
    fs.writeFileSync(join(desk.source, `file ${i}`), randomBytes(mebibyte))
  fs.writeFileSync(join(desk.source, 'large'), randomBytes(5 * mebibyte))
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const target = mount('target', 4)
  const { code, err } = desk.run(['restore', 'latest', '--target', target])
  equal(code, 1, err)
  match(err, /The target is full: (?:file \d|large)/)
  const there = fs.readdirSync(target)
  for (const name of there)
    ok(sameBytes(join(desk.source, name), join(target, name)), `${name} is there and not whole`)
  execFileSync('mount', ['-o', 'remount,size=32m', target])
  const rest = readEvents(desk.do(['restore', 'latest', '--target', target, '--json'])).at(-1)
  const thereBytes = there.reduce((sum, name) => sum + (name === 'large' ? 5 : 1) * mebibyte, 0)
  equal(rest?.['restoredBytes'], 11 * mebibyte - thereBytes, 'what was there is not written again')
  equal(spawnSync('diff', ['-r', desk.source, target]).status, 0)
})

test('a target that cannot be written to is refused with a reason', {
  skip: needsRoot,
}, (context) => {
  const { desk, mount } = deskWithDisks(context)
  fs.writeFileSync(join(desk.source, 'file'), 'text')
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const target = mount('target', 4)
  execFileSync('mount', ['-o', 'remount,ro', target])
  const { code, err } = desk.run(['restore', 'latest', '--target', target])
  ok(code === 1 || code === 3, err)
  match(err, /read-only|EROFS/i)
  deepEqual(fs.readdirSync(target), [])
})

type Mount = (name: string, mebibytes: number) => string

/** Disks of a few megabytes in the memory of the machine. */
function deskWithDisks(context: TestContext): { readonly desk: Desk; readonly mount: Mount } {
  const mounted: string[] = []
  // Before the desk clears itself away, which a mounted disk would hinder.
  context.after(() => {
    for (const folder of mounted) execFileSync('umount', [folder])
  })
  const desk = new Desk(context)
  const mount = (name: string, mebibytes: number): string => {
    const folder = desk.path(name)
    fs.mkdirSync(folder)
    const options = `size=${mebibytes}m,mode=700`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'holdfast-test', folder])
    mounted.push(folder)
    return folder
  }
  return { desk, mount }
}

function keepCopy(desk: Desk, name: string): string {
  const copy = desk.path(name)
  execFileSync('cp', ['-a', desk.source, copy])
  return copy
}

function compareRestored(desk: Desk, wanted: string, vault: readonly string[]): void {
  const target = fs.mkdtempSync(desk.path('restored-'))
  desk.do(['restore', 'latest', '--target', target, ...vault])
  equal(spawnSync('diff', ['-r', wanted, target]).status, 0)
  fs.rmSync(target, { recursive: true })
}

function sameBytes(one: string, other: string): boolean {
  return spawnSync('cmp', [one, other]).status === 0
}
