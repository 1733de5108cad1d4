// `npm run kill:fleet -- --times 100 [--seed 1]`: kills server and agent again and again, and tells what came of it.

import { parseArgs } from 'node:util'
import { KillingFleet, type KillRound, victims } from './killing-fleet.ts'

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
})
const times = Number(values.times)
const seed = Number(values.seed)
const startedAt = performance.now()
await using fleet = await KillingFleet.open(seed)
const rounds: KillRound[] = []

try {
  while (rounds.length < times) {
    const round = await fleet.round()
    rounds.push(round)
    const { verb, victim, afterMs, wasOver, state, attempts, tookMs } = round
    const late = wasOver ? ' (it was over)' : ''
    console.log(
      `${rounds.length}. ${verb}: ${victim} killed after ${afterMs} ms${late}; ${state}, attempt ${attempts}, ${Math.round(tookMs)} ms`,
    )
  }
  const whole = await fleet.checkAll()
  const count = (test: (round: KillRound) => boolean) => rounds.filter(test).length
  const { server, agent } = fleet.residentBytes
  console.log(`
seed ${seed}: ${rounds.length} kills (${victims.map((one) => `${one} ${count(({ victim }) => victim === one)}`).join(', ')}), ${count(({ wasOver }) => !wasOver)} of them in the middle of a job
${count(({ verb }) => verb === 'backup')} backups, ${count(({ verb }) => verb === 'restore')} restores; ${count(({ state }) => state === 'COMPLETE')} ended complete, ${count(({ attempts }) => attempts > 1)} in a later attempt
${whole} versions listed, each restored equal to its source
longest from blow to end: ${Math.round(Math.max(...rounds.map(({ tookMs }) => tookMs)) / 1000)} s; memory at the end: server ${Math.round(server / 1e6)} MB, agent ${Math.round(agent / 1e6)} MB
${Math.round((performance.now() - startedAt) / 1000)} s`)
} catch (problem) {
  console.error(`Seed ${seed}, round ${rounds.length + 1}\n${fleet.logs}`)
  throw problem
}
