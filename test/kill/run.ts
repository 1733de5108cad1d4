// `npm run kill -- --times 200 [--seed 1] [--files 300]`: kills the real program again and again, and tells what came of it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { KillingWorld, type Round, verbs } from './killing-world.ts'

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: '300' },
  },
})
const times = Number(values.times)
const seed = Number(values.seed)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
const world = new KillingWorld(folder, {
  seed,
  files: Number(values.files),
  restores: 'all',
  steps: true,
})
const rounds: Round[] = []
const startedAt = performance.now()

try {
  await world.begin()
  while (rounds.filter(({ killed }) => killed).length < times) {
    const round = await world.round()
    rounds.push(round)
    const blow = `${round.killed ? 'killed' : 'was done in spite of a blow'} ${round.blow}`
    const stands = round.pointStands ? ', its point stands' : ''
    console.log(`${rounds.length}. ${round.verb} ${blow}${stands}; ${round.restored} points whole`)
  }
  const { packBytes, freshBytes } = await world.finish()
  report(packBytes, freshBytes)
  rmSync(folder, { recursive: true })
} catch (problem) {
  console.error(`Seed ${seed}, round ${rounds.length + 1}; everything is left in ${folder}`)
  throw problem
}

function report(packBytes: number, freshBytes: number): void {
  const killed = rounds.filter((round) => round.killed)
  const restored = rounds.reduce((sum, round) => sum + round.restored, 0)
  const byVerb = verbs.map(
    (verb) => `${verb} ${killed.filter((round) => round.verb === verb).length}`,
  )
  console.log(
    [
      '',
      `seed ${seed}: ${killed.length} kills (${byVerb.join(', ')}) in ${rounds.length} rounds`,
      `${killed.filter(({ blow }) => blow.startsWith('before')).length} of them just before a chosen call of the kernel`,
      `${killed.filter(({ pointStands }) => pointStands).length} killed backups had already made their point`,
      `${rounds.length} verifications of every byte clean, ${restored} restores equal to the kept copies`,
      `packs at the end: ${packBytes} bytes; a fresh vault of the same source: ${freshBytes}`,
      `${Math.round((performance.now() - startedAt) / 1000)} s`,
    ].join('\n'),
  )
}
