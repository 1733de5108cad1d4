/** Sources of hostile or merely large numbers: the point stays readable in small pieces, and the backup ends. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { SeededRandom, type SourceTree } from '#ports'
import { ReviewWorld, slowly } from './review-world.ts'

const random = new SeededRandom(1)

test('a tree deeper than a key may be long does not end the backup (A15)', async () => {
  await using world = await ReviewWorld.make()
  world.write('good', 'a file')
  const name = 'n'.repeat(250)
  const script = `cd "$0" && for i in $(seq 270); do mkdir ${name} && cd ${name} || exit 1; done`
  execFileSync('bash', ['-c', script, world.source])
  try {
    const { point, failures } = await world.backup()
    equal(await world.contentOf(point, 'good'), 'a file')
    deepEqual(
      failures.map(({ reason }) => reason),
      ['unsupported'],
    )
  } finally {
    execFileSync('rm', ['-rf', world.at(name)])
  }
})

test('however much goes at once, blocks of the tree stay small', async () => {
  await using world = await ReviewWorld.make()
  mkdirSync(world.at('many'))
  for (let i = 0; i < 12_000; i++) {
    const name = Buffer.from(random.bytes(24)).toString('hex')
    writeFileSync(world.at(`many/${name}`), '')
  }
  await world.backup()
  const before = new Set<string>(world.store.objects.keys())
  rmSync(world.at('many'), { recursive: true })
  const { point } = await world.backup()
  ok(point.point.tree.overlay !== undefined, 'each of them is a tombstone')
  deepEqual([...(await world.entries(point)).keys()], [''])
  const largest = await world.largestTreeBlock(before)
  ok(largest > 0 && largest < 400 * 1024, `${largest}`)
})

test('however many failures there are, blocks of the tree stay small and every one is counted', async () => {
  await using world = await ReviewWorld.make()
  for (let i = 0; i < 7000; i++) world.write(`f${i}`, '')
  const failing = (tree: SourceTree): SourceTree => ({
    ...slowly(tree),
    limits: tree.limits,
    capture: async (batch, until) => {
      const found = await tree.capture(batch, until)
      const entries = found.entries.map((entry, i) => {
        if (!batch[i]?.path.includes('/f')) return entry
        const detail = `it could not be read ${'very much '.repeat(30)}`
        return { kind: 'failed', reason: 'denied', detail } as const
      })
      return { ...found, entries, release: () => found.release() }
    },
  })
  const { point } = await world.backup({ wrap: failing })
  equal(point.point.failureCount, 7000)
  const largest = await world.largestTreeBlock()
  ok(largest < 1_000_000, `${largest}`)
})
