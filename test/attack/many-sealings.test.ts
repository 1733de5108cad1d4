// A23, a share of it; `npm run attack` makes 10^7 sealings.

import { deepEqual, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  countKeys,
  mayClone,
  type SealingPlan,
  sealInCopies,
  sealInProcesses,
} from './many-sealings.ts'

function newPlan(context: TestContext, sealings: number): SealingPlan {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sealings-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, sealings, processes: 6, copies: 4 }
}

test('A23: equal contents, sealed in many processes and threads, killed ones among them, never share a key', async (context) => {
  const plan = newPlan(context, 100_000)
  const killed = await sealInProcesses(plan)
  const { keys, repeats } = countKeys(plan.folder)
  ok(killed > 0, 'some were killed in time')
  ok(keys >= plan.sealings, `${keys} keys`)
  deepEqual(repeats, 0)
})

test('A23: forks of a running process share no key', async (context) => {
  const plan = newPlan(context, 20_000)
  await sealInCopies(plan, 'fork')
  deepEqual(countKeys(plan.folder), { keys: plan.sealings + 100, repeats: 0 })
})

test('A23: copies of a running process, which cannot know that they are, share no key', async (context) => {
  if (!mayClone()) return context.skip('this machine lets us make no namespace of processes')
  const plan = newPlan(context, 20_000)
  await sealInCopies(plan, 'clone')
  deepEqual(countKeys(plan.folder), { keys: plan.sealings + 100, repeats: 0 })
})
