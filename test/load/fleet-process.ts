// All simulated agents of a load run in one process, told what to do by its parent.

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { forEachLimited } from '#base'
import { CallTimes } from './call-times.ts'
import type { FleetFacts, FleetOrder } from './fleet.ts'
import { LoadAgent } from './load-agent.ts'
import { SmallMachine } from './small-machine.ts'

const enrolledAtOnce = 4 * availableParallelism()
const beatMs = 15_000

const times = new CallTimes()
const delay = monitorEventLoopDelay({ resolution: 10 })
const ending = new AbortController()
const agents: LoadAgent[] = []
const ended: Promise<void>[] = []
let failures = 0

process.on('message', (order: FleetOrder) => {
  perform(order).then(
    (facts) => process.send?.({ facts }),
    (problem: unknown) => process.send?.({ problem: String(problem) }),
  )
})

async function perform(order: FleetOrder): Promise<FleetFacts> {
  switch (order.kind) {
    case 'enrol':
      await forEachLimited(order.codes.entries(), enrolledAtOnce, async ([at, code]) => {
        const name = `host-${String(at).padStart(4, '0')}`
        const machine = new SmallMachine(name, at + 1)
        const agent = new LoadAgent(machine, join(order.folder, name), times)
        const { address, fingerprint } = order
        await agent.enrol({ address, fingerprint, code })
        agents.push(agent)
      })
      break
    case 'start':
      // Machines of a fleet were not all switched on in the same second.
      for (const [at, agent] of agents.entries()) {
        const pauseMs = Math.floor((at * beatMs) / agents.length)
        ended.push(sleep(pauseMs).then(() => run(agent)))
      }
      break
    case 'forget':
      times.clear()
      for (const agent of agents) agent.forgetSilence()
      delay.disable()
      delay.enable()
      delay.reset()
      break
    case 'stop':
      ending.abort()
      await Promise.all(ended)
      break
    default:
  }
  return factsNow()
}

async function run(agent: LoadAgent): Promise<void> {
  try {
    await agent.run(ending.signal)
  } catch (problem) {
    failures++
    process.stderr.write(`an agent fell: ${String(problem)}\n`)
  }
}

function factsNow(): FleetFacts {
  return {
    agents: agents.length,
    failures,
    beats: agents.reduce((sum, { beats }) => sum + beats, 0),
    longestSilenceMs: Math.max(0, ...agents.map(({ longestSilenceMs }) => longestSilenceMs)),
    routes: times.byRoute(),
    control: times.control(),
    refusals: Object.fromEntries(times.refusals),
    delayP99Ms: delay.percentile(99) / 1e6,
  }
}
