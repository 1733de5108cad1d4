import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './simulate.ts'

const seeds = 200

test('guests: no acknowledged version is lost, whatever dies, fails, or is said twice (F01, F02, F20)', async () => {
  let commits = 0
  let lives = 0
  let deletedPacks = 0
  for (let seed = 0; seed < seeds; seed++) {
    // One in four backups is by a process with the vault's keys, as ever.
    const report = await simulate(seed, { weather: { guests: 0.75 } })
    equal(report.violation, undefined, `seed ${seed}: ${report.violation}`)
    commits += report.commits
    lives += report.lives
    deletedPacks += report.deletedPacks
  }
  ok(commits > seeds, 'points are made')
  ok(lives > seeds, 'processes die and others follow')
  ok(deletedPacks > seeds, 'packs are deleted')
})

test('guests: the same seed is the same run', async () => {
  const options = { weather: { guests: 1 } }
  deepEqual(await simulate(77, options), await simulate(77, options))
})
