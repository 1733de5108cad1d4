// What a person calls a file of a point: at the source with a slash first, within the point without.
import { equal, match } from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Desk } from './program.ts'

test('F1: a path at the source never stands for another one within the point', (context) => {
  const desk = new Desk(context)
  const chroot = join(desk.source, 'chroot')
  mkdirSync(join(chroot, 'etc'), { recursive: true })
  writeFileSync(join(chroot, 'etc/hostname'), 'the other machine\n')
  desk.do(['init'])
  desk.do(['backup', chroot])
  const out = desk.path('out')
  mkdirSync(out)
  for (const words of [
    ['dump', 'latest', '/etc/hostname'],
    ['ls', 'latest', '/etc/hostname'],
    ['restore', 'latest', '/etc/hostname', '--target', out],
    ['restore', 'latest', '/etc/hostname', '--in-place', '--dry-run'],
  ]) {
    const { code, out: said, err } = desk.run(words)
    equal(code, 1, words.join(' '))
    match(err, /\/etc\/hostname is not in the backup point/)
    equal(said, '')
  }
  equal(existsSync(join(out, 'hostname')), false)
  // As it is at the source, from where one stands in the point, and from the folder one stands in.
  for (const word of [join(chroot, 'etc/hostname'), 'etc/hostname', 'source/chroot/etc/hostname'])
    equal(desk.do(['dump', 'latest', word]), 'the other machine\n')
  desk.do(['restore', 'latest', 'etc/hostname', '--target', out])
  equal(readFileSync(join(out, 'etc/hostname'), 'utf8'), 'the other machine\n')
})
