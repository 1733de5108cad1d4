// A vault whose disk is completely full frees itself (finding: it could not even take its own lock).

import { equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Desk } from './program.ts'

const diskBytes = 20 * 1024 * 1024

/** A desk whose vault has a small disk of its own; undefined where nobody may mount one. */
function makeSmallDisk(context: TestContext): Desk | undefined {
  const desk = new Desk(context)
  mkdirSync(desk.vault)
  const options = `size=${diskBytes},mode=700`
  const words = ['-t', 'tmpfs', '-o', options, 'holdfast-test', desk.vault]
  if (spawnSync('mount', words).status !== 0) return undefined
  desk.atEnd(() => spawnSync('umount', ['-l', desk.vault]))
  return desk
}

function fillUp(folder: string): void {
  const block = Buffer.alloc(4096, 1)
  for (let bytes = diskBytes; bytes >= block.length; bytes = Math.floor(bytes / 2))
    try {
      for (let n = 0; ; n++)
        writeFileSync(join(folder, `filler-${bytes}-${n}`), Buffer.alloc(bytes))
    } catch {
      // Half of it did not fit; half of that may.
    }
  equal(statfsSync(folder).bavail, 0, 'nothing is left')
}

test('expire and gc free space on a disk without a single free block', (context) => {
  const desk = makeSmallDisk(context)
  if (desk === undefined) return context.skip('no disk can be mounted here')
  desk.do(['init'])
  const large = join(desk.source, 'large')
  for (const tag of ['one', 'two']) {
    writeFileSync(large, randomBytes(5 * 1024 * 1024))
    desk.do(['backup', desk.source, '--tag', tag])
  }
  fillUp(desk.vault)
  const full = desk.run(['backup', desk.source, '--force'])
  equal(full.code, 1)
  match(full.err, /is full.*\n.*`holdfast expire` and `holdfast gc`, which work on a full disk/)
  desk.do(['expire', '--at-once', 'tag:one'])
  match(desk.do(['gc', '--grace', '0h']), /Deleted [1-9].* freed/)
  ok(statfsSync(desk.vault).bavail * 4096 > 4 * 1024 * 1024, 'what gc freed is free')
  equal(statSync(join(desk.vault, 'reserve')).size, 1024 * 1024, 'and the reserve is kept again')
  desk.do(['verify', '--read-data'])
  rmSync(large)
  desk.do(['backup', desk.source])
})

test('without a reserve the advice is not to run gc', (context) => {
  const desk = makeSmallDisk(context)
  if (desk === undefined) return context.skip('no disk can be mounted here')
  desk.do(['init'])
  desk.do(['backup', desk.source])
  rmSync(join(desk.vault, 'reserve'))
  fillUp(desk.vault)
  const { code, err } = desk.run(['gc', '--grace', '0h'])
  equal(code, 1)
  match(err, /the reserve of the vault is used up.*\nFree some megabytes of the same disk outside/)
})
