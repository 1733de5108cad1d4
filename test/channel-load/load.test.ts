import { deepEqual, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

/** A thousand agents beat every 15 seconds; five times as many must be no burden, on a busy machine too. */
const beatsPerSecondMin = 5 * (1_000 / 15)
const heapGrowthMax = 16 * 2 ** 20

test('1,000 agents that all wait and beat: heartbeats a second, memory that stays, a job for each', async (t) => {
  const program = join(import.meta.dirname, 'load-run.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program])
  const { beatsPerSecond, heapGrowth, jobsMs, ...rest } = JSON.parse(stdout)
  t.diagnostic(`${beatsPerSecond} heartbeats a second; the heap grew by ${heapGrowth} bytes`)
  t.diagnostic(`1,000 jobs made and given in ${jobsMs} ms`)
  deepEqual(rest, { agents: 1_000, isAllHeard: true, jobsGiven: 1_000 })
  ok(beatsPerSecond >= beatsPerSecondMin, `${beatsPerSecond} heartbeats a second`)
  ok(heapGrowth < heapGrowthMax, `${heapGrowth} bytes more`)
})
