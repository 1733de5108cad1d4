// The bounded load run: what must hold on any machine, however busy. Figures of a thousand agents: `npm run load`.

import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { findLosses } from './judge.ts'
import { runLoad } from './load-run.ts'

const agents = 50
const mebibyte = 2 ** 20

test('50 agents and a real backup at the real server: every schedule is met, no heartbeat is lost (C1, D5)', async (t) => {
  const report = await runLoad(
    {
      agents,
      minutes: 0,
      spreadMinutes: 1,
      backups: 1,
      treeBytes: 10 * mebibyte,
      catalog: 'sqlite',
      onlyScheduled: false,
      profile: undefined,
    },
    (line) => t.diagnostic(line),
  )
  deepEqual(findLosses(report), [])
  const { firstBackups, schedules, fleet } = report
  deepEqual(firstBackups.states, { COMPLETE: agents + 1 })
  deepEqual(schedules.plans, agents)
  ok(fleet.beats >= agents, `${fleet.beats} heartbeats`)
  t.diagnostic(
    `calls of agents: p99 ${fleet.control.p99} ms; of the console: ${report.console.p99} ms`,
  )
})
