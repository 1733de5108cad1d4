// A15: who swaps a folder on the way for a link does not choose what a backup opens.
import { deepEqual, equal, throws } from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import {
  closeDescriptor,
  OPEN_DIRECTORY,
  OPEN_ENTRY,
  openPath,
  openQuietly,
  openStraight,
} from './descriptors.ts'
import { listDirectory } from './list-directory.ts'
import { findRecord } from './listing-records.ts'
import { SystemCallError } from './system-error.ts'
import { temporaryDirectory } from './tree-fixture.ts'

const isSwapped = (problem: unknown) =>
  problem instanceof SystemCallError && problem.reason === 'swapped'

test('A15: a link on the way is not followed, for files, folders, links and records', (t) => {
  const dir = temporaryDirectory(t)
  fs.mkdirSync(`${dir}/real/below`, { recursive: true })
  fs.writeFileSync(`${dir}/real/f`, 'secret')
  fs.symlinkSync('f', `${dir}/real/link`)
  fs.symlinkSync('real', `${dir}/swapped`)
  const at = (path: string) => byteStringFromText(`${dir}/${path}`)
  for (const folder of ['real', 'swapped']) {
    const opens: readonly (() => number)[] = [
      () => openQuietly(at(`${folder}/f`), fs.constants.O_RDONLY),
      () => openQuietly(at(`${folder}/below`), OPEN_DIRECTORY),
      () => openStraight(at(`${folder}/link`), OPEN_ENTRY),
    ]
    for (const open of opens)
      if (folder === 'real') closeDescriptor(open())
      else throws(open, isSwapped)
  }
  throws(() => listDirectory(at('swapped/below')), isSwapped)
  throws(() => findRecord(at('swapped/f')), isSwapped)
  equal(findRecord(at('real/f')) !== undefined, true)
})

test('A15: nor on a path that is longer than the kernel takes', (t) => {
  const dir = temporaryDirectory(t)
  let path = dir
  let fd = openPath(byteStringFromText(dir), { flags: OPEN_DIRECTORY })
  const names = Array.from({ length: 30 }, (_, i) => String(i).padEnd(200, 'x'))
  t.after(() => fs.rmSync(`${dir}/${names[0]}`, { recursive: true, force: true }))
  for (const name of names) {
    fs.mkdirSync(`/proc/self/fd/${fd}/${name}`)
    const next = openPath(byteStringFromText(`/proc/self/fd/${fd}/${name}`), {
      flags: OPEN_DIRECTORY,
    })
    closeDescriptor(fd)
    fd = next
    path += `/${name}`
  }
  closeDescriptor(fd)
  closeDescriptor(openStraight(path as ByteString, OPEN_DIRECTORY))
  fs.renameSync(`${dir}/${names[0]}`, `${dir}/moved`)
  fs.symlinkSync('moved', `${dir}/${names[0]}`)
  throws(() => openStraight(path as ByteString, OPEN_DIRECTORY), isSwapped)
  closeDescriptor(openPath(path as ByteString, { flags: OPEN_DIRECTORY }))
  fs.unlinkSync(`${dir}/${names[0]}`)
  fs.rmSync(`${dir}/moved`, { recursive: true, force: true })
})

test('A15: no descriptor stays open, whether it succeeds or fails', (t) => {
  const dir = temporaryDirectory(t)
  fs.symlinkSync('.', `${dir}/swapped`)
  const before = fs.readdirSync('/proc/self/fd').length
  for (let i = 0; i < 10; i++) {
    throws(() => openStraight(byteStringFromText(`${dir}/swapped/x`), OPEN_ENTRY), isSwapped)
    throws(() => openStraight(byteStringFromText(`${dir}/absent`), OPEN_ENTRY), { code: 'ENOENT' })
  }
  deepEqual(fs.readdirSync('/proc/self/fd').length, before)
})
