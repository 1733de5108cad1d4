/** A run that a person asks for, once the server counts the client as one that is there. */
import { equal } from 'node:assert/strict'
import type { AttackWorld } from './attack-world.ts'
import { until } from './real-agent.ts'

/** What agents say is written down together, a moment later: until then their clients count as silent. */
export async function runPlan(world: AttackWorld, planId: string): Promise<{ jobId: string }> {
  const said = await until('the client is heard', async () => {
    const asked = await world.ask('POST', `/api/v1/plans/${planId}/run`, world.as('owner'))
    return asked.code === 'agent.unreachable' ? undefined : asked
  })
  equal(said.status, 202, said.text)
  return JSON.parse(said.text)
}
