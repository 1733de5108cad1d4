import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { mutants } from './mutants.ts'
import { runSeeds, seedsFrom } from './runner.ts'
import { apply } from './source-patcher.ts'

const cleanSeeds = 700
const mutantSeeds = 1000

test('F01, F05–F10, F17, F18, A10: whatever the weather, nothing is lost and garbage goes', async () => {
  const found = await runSeeds({
    seeds: seedsFrom(0, cleanSeeds),
    workers: 2,
    stopAtFirst: true,
  })
  const [first] = found.violations
  equal(first, undefined, `seed ${first?.seed}: ${first?.violation}\n${first?.trace.join('\n')}`)
  const { totals } = found
  equal(totals.runs, cleanSeeds)
  ok(totals.commits > cleanSeeds, 'points are made')
  ok(totals.deletedPacks > cleanSeeds, 'packs are deleted')
  ok(totals.lives > cleanSeeds, 'processes die and others follow')
  ok(totals.faults > cleanSeeds / 4, 'storage fails')
})

/**
 * Seeds that once found a mistake. What they met then stands beside the code as a test of its own, since a seed is another
 * run as soon as a job takes one step more; they are run for what else they may find.
 */
const seedsThatFound = [
  74_402, 128_030, 20_407, 57_434, 81_146, 85_845, 50_034, 53_395, 64_610, 71_279, 71_837, 79_021,
  80_956, 85_130, 85_638, 120_285, 200_284, 201_229, 308_279, 400_061,
]

test('seeds that found a mistake are clean', async () => {
  const request = { seeds: seedsThatFound, workers: 1, stopAtFirst: false }
  const { violations, totals } = await runSeeds(request)
  deepEqual(violations, [])
  equal(totals.runs, seedsThatFound.length)
})

test('the same seed is the same run', async () => {
  const request = { seeds: seedsFrom(500, 40), workers: 1, stopAtFirst: true }
  const [once, again] = [await runSeeds(request), await runSeeds(request)]
  deepEqual(again, once)
})

test('a patch that does not match just once is refused, so no mutant stops being one', () => {
  const patch = { file: 'src/x.ts', find: 'a + b', put: 'a - b' }
  equal(apply('return a + b', patch), 'return a - b')
  throws(() => apply('return a+b', patch), /0 times/)
  throws(() => apply('return a + b + (a + b)', patch), /2 times/)
})

test('every mutant is caught', { concurrency: 2 }, async (context) => {
  await Promise.all(
    mutants.map(({ name, like }) =>
      context.test(`${name}: ${like}`, async () => {
        const seeds = seedsFrom(0, mutantSeeds)
        const request = { seeds, workers: 1, mutant: name, stopAtFirst: true }
        const { violations } = await runSeeds(request)
        ok(violations.length > 0, `${name} lives through ${mutantSeeds} seeds`)
      }),
    ),
  )
})
