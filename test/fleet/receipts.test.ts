// Receipts between real processes: kept by a machine, and refused when the key is another than it was told (T-4).
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { routes } from '#contract'
import { runProgram } from './process.ts'
import { fillTree } from './trees.ts'
import { until } from './until.ts'
import { Fleet, type FleetAgent, needsRoot } from './world.ts'

test('receipts are kept, listed, and a wrong one is an alert', { skip: needsRoot }, async (t) => {
  await using fleet = await Fleet.open()
  const agent = await fleet.addAgent('one', { fill: (folder) => fillTree(folder, 'receipts') })
  equal((await fleet.firstJob(agent)).state, 'COMPLETE')

  await t.test('the machine lists the receipt of its version', async () => {
    const [version] = await fleet.versions(agent)
    const [receipt, ...more] = receiptsOf(agent)
    deepEqual([receipt?.['isChecked'], receipt?.['problem'], more.length], [true, undefined, 0])
    deepEqual(partOf(receipt, 'versionId'), version?.versionId)
    match(runProgram(['agent', 'receipts', '--state', agent.state], agent.surroundings).out, /good/)
  })

  await t.test(
    'A01: with another key at the server the backup fails, and that is an alert',
    async () => {
      await agent.process.end('SIGTERM')
      const path = join(agent.state, 'identity.json')
      const identity = JSON.parse(readFileSync(path, 'utf8'))
      ok(identity.told.receiptKey.startsWith('-----BEGIN PUBLIC KEY-----'))
      const { publicKey } = generateKeyPairSync('ed25519')
      identity.told.receiptKey = publicKey.export({ type: 'spki', format: 'pem' }).toString()
      writeFileSync(path, JSON.stringify(identity))
      fleet.startAgent(agent)
      const job = await fleet.backUp(agent)
      // The server has the point, as it says; the machine does not believe it, so it is never complete.
      deepEqual([job.state, job.problem?.code], ['PARTIAL_COMPLETE', 'receipt.refused'])
      match(agent.process.out, /is FAILED/)
      const refused = receiptsOf(agent, '--refused')
      equal(refused.length, 1)
      match(String(refused[0]?.['problem']), /not signed with the key/)
      const alerts = await until('the alert is there', async () => {
        const all = await Array.fromAsync(fleet.api.list(routes.alerts.list, {}))
        const found = all.filter((alert) => JSON.stringify(alert).includes(job.jobId))
        return found.length > 0 ? found : undefined
      })
      deepEqual(
        alerts.map(({ kind, level }) => [kind, level]),
        [['BACKUP_FAILED', 'critical']],
      )
      match(JSON.stringify(alerts), /receipt is not to be believed/)
    },
  )
})

function receiptsOf(agent: FleetAgent, ...more: string[]): readonly Record<string, unknown>[] {
  const words = ['--json', 'agent', 'receipts', '--state', agent.state, ...more]
  const { out } = runProgram(words, agent.surroundings)
  return out
    .split('\n')
    .filter((line) => line.includes('"receipt"'))
    .map((line) => JSON.parse(line))
}

function partOf(event: Record<string, unknown> | undefined, name: string): unknown {
  const receipt = event?.['receipt']
  return typeof receipt === 'object' && receipt !== null ? Reflect.get(receipt, name) : undefined
}
