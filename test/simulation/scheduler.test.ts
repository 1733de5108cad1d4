/** What the oracle rests on: what it looks at does not change while it looks. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { SeededRandom } from '#ports'
import { Scheduler, type SimulatedProcess } from './scheduler.ts'

test('who looks is not struck by an accident, and the run does not end before he has looked', async () => {
  const scheduler = new Scheduler({ random: new SeededRandom(1), burst: 0 }, () => undefined)
  const process: SimulatedProcess = { name: 'p1', state: 'running' }
  const seen: string[] = []
  const life = async (): Promise<void> => {
    await scheduler.turn(process)
    await scheduler.standStill(async () => {
      seen.push('begins to look')
      for (let i = 0; i < 5; i++) await setImmediate()
      seen.push('has looked')
    })
  }
  void life()
  const onIdle = () => false
  const isDead = () => process.state === 'dead'
  const running = scheduler.run(isDead, onIdle).then(() => seen.push('the run ends'))
  while (!seen.includes('begins to look')) await setImmediate()
  scheduler.strike(() => {
    seen.push('an accident')
    process.state = 'dead'
  })
  await running
  deepEqual(seen, ['begins to look', 'has looked', 'an accident', 'the run ends'])
})

test('a life that an accident brings in looks before the next accident strikes it', async () => {
  const scheduler = new Scheduler({ random: new SeededRandom(1), burst: 0 }, () => undefined)
  const seen: string[] = []
  let isDead = false
  scheduler.strike(() => {
    seen.push('an accident')
    void scheduler.standStill(async () => {
      await setImmediate()
      seen.push('has looked')
    })
  })
  scheduler.strike(() => {
    seen.push('another')
    isDead = true
  })
  await scheduler.run(
    () => isDead,
    () => false,
  )
  deepEqual(seen, ['an accident', 'has looked', 'another'])
})
