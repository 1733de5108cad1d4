// D5: a server or an agent that ends in the middle of a backup, in order or not. The job goes on, its version is whole,
// and what the server had is not sent again.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listDifferences } from '../fidelity/outside-tools.ts'
import { fillLarge } from './trees.ts'
import { until } from './until.ts'
import { Fleet, type FleetAgent, needsRoot } from './world.ts'

const files = 8
const bytes = 700_000
const limits = { bytesPerSecondMax: 2_500_000 }

type Trouble = {
  /** @returns blocks that this server has taken before it ends; it counts from zero when it is back */
  readonly make: (fleet: Fleet, agent: FleetAgent) => Promise<number>
  /** Blocks that may be sent twice: those that nobody had said were stored, and the tree. */
  readonly againMax: number
}

const troubles: Readonly<Record<string, Trouble>> = {
  'the server is restarted': {
    async make(fleet) {
      const taken = await fleet.blocksTaken()
      equal(await fleet.server.end('SIGTERM'), 0, fleet.server.err)
      await fleet.startServer()
      return taken
    },
    againMax: 3,
  },
  'the agent is restarted': {
    async make(fleet, agent) {
      equal(await agent.process.end('SIGTERM'), 0, agent.process.err)
      fleet.startAgent(agent)
      return 0
    },
    againMax: 3,
  },
  'the agent is killed': {
    async make(fleet, agent) {
      await agent.process.end('SIGKILL')
      fleet.startAgent(agent)
      return 0
    },
    againMax: 6,
  },
  'the server is killed': {
    async make(fleet) {
      const taken = await fleet.blocksTaken()
      await fleet.server.end('SIGKILL')
      await fleet.startServer()
      return taken
    },
    // All of it is less than a pack, which is what a server that falls may lose.
    againMax: files,
  },
}

test('D5: whoever ends in the middle of a backup, it becomes whole and nothing is sent twice', {
  skip: needsRoot,
}, async (t) => {
  await using fleet = await Fleet.open()
  const agent = await fleet.addAgent('one', { policy: { limits } })
  equal((await fleet.firstJob(agent)).state, 'COMPLETE')
  const start = await fleet.blocksTaken()
  fillLarge(join(agent.source, 'nothing happens'), 'nothing happens', { files, bytes })
  equal((await fleet.backUp(agent)).state, 'COMPLETE')
  const usual = (await fleet.blocksTaken()) - start
  t.diagnostic(`${usual} blocks when nothing happens`)
  for (const [name, { make, againMax }] of Object.entries(troubles))
    await t.test(`D5: ${name}`, async (own) => {
      fillLarge(join(agent.source, name), name, { files, bytes })
      const before = await fleet.blocksTaken()
      const { jobId } = await fleet.runNow(agent)
      await until('half of it is sent', async () =>
        (await fleet.blocksTaken()) - before > usual / 2 ? true : undefined,
      )
      const lost = await make(fleet, agent)
      const job = await fleet.jobOver(jobId)
      equal(job.state, 'COMPLETE', JSON.stringify(job))
      const sent = (await fleet.blocksTaken()) + lost - before
      own.diagnostic(`${sent} blocks; attempt ${job.attempts}; ${job.warnings.join(' ')}`)
      ok(sent <= usual + againMax, `${sent} blocks were sent, ${usual} are usual`)
      equal((await fleet.versions(agent))[0]?.jobId, jobId)
    })
  await t.test('F1: all that was interrupted is whole', async () => {
    await restoreNewest(fleet, agent)
  })
})

async function restoreNewest(fleet: Fleet, agent: FleetAgent): Promise<void> {
  const [version] = await fleet.versions(agent)
  if (version === undefined) throw new Error('there is a version')
  const place = join(fleet.folder, 'restored')
  mkdirSync(place)
  fleet.setPolicy(agent, {})
  const job = await fleet.restore(version, agent, place)
  equal(job.state, 'COMPLETE', JSON.stringify(job))
  deepEqual(listDifferences(agent.source, place), [])
  rmSync(place, { recursive: true })
}
