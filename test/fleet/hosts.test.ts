// Server and instances as separate hosts: a slow network, a cable that is cut, and a host that is no more.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { listDifferences } from '../fidelity/outside-tools.ts'
import { Network, needsNetwork } from './network.ts'
import { openSlowLine } from './slow-line.ts'
import { fillLarge, fillTree } from './trees.ts'
import { until } from './until.ts'
import { Fleet } from './world.ts'

test('F2: a host is destroyed, and another one 20 ms away gets its files', {
  skip: needsNetwork,
}, async (t) => {
  using network = new Network()
  await using fleet = await Fleet.open(network.addHost('server'))
  const [one, two] = [network.addHost('one'), network.addHost('two')]
  const source = await fleet.addAgent('one', {
    host: one,
    fill: (folder) => fillTree(folder, 'hosts', 60),
  })
  equal((await fleet.firstJob(source)).state, 'COMPLETE')

  await t.test(
    'D5: the cable is cut for 20 s in the middle of a backup, which goes on',
    async (own) => {
      const bytes = 12_000_000
      fillLarge(join(source.source, 'much'), 'cable', { files: 12 })
      fleet.setPolicy(source, { limits: { bytesPerSecondMax: 3_000_000 } })
      const before = network.sentBytes(one)
      const { jobId } = await fleet.runNow(source)
      await until('a third is sent', () =>
        network.sentBytes(one) - before > bytes / 3 ? true : undefined,
      )
      network.cut(one)
      await delay(20_000)
      equal((await fleet.job(jobId)).state, 'RUNNING')
      network.mend(one)
      const job = await fleet.jobOver(jobId, 90_000)
      const sent = network.sentBytes(one) - before
      own.diagnostic(
        `${sent} bytes for ${bytes}, attempt ${job.attempts}; ${job.warnings.join(' ')}`,
      )
      equal(job.state, 'COMPLETE', JSON.stringify(job))
      ok(sent < bytes * 1.25, `${sent} bytes left the host for ${bytes} of content`)
    },
  )

  const kept = join(fleet.folder, 'kept')
  spawnSync('cp', ['-a', source.source, kept])
  const { port } = fleet
  await using line = await openSlowLine(network.address, { host: fleet.host, port }, 20)
  const address = `https://${network.address}:${line.port}`
  const target = await fleet.addAgent('two', { host: two, address, activate: false })
  await fleet.loseMachine(source)
  network.remove(one)
  const place = join(fleet.folder, 'restored')
  mkdirSync(place)
  const [version] = await fleet.versions(source)
  if (version === undefined) throw new Error('there is a version')
  const job = await fleet.restore(version, target, place)
  equal(job.state, 'COMPLETE', JSON.stringify(job))
  deepEqual(listDifferences(kept, place), [])
  equal(await target.process.end('SIGTERM'), 0)
  equal(await fleet.server.end('SIGTERM'), 0)
})
