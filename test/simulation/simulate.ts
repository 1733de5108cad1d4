/** One run: a vault lives through its weather; then faults end, and it must recover, be complete, and free its garbage. */
import type { DiskStep } from '#ports'
import { Ownership } from '#vault'
import { stealPack } from './attack.ts'
import { checkPoints } from './checks.ts'
import { inventory } from './disks.ts'
import { repairLostEntries } from './lost-entries.ts'
import { backUp, collectGarbage, expireEnded, live } from './process-life.ts'
import { verifyVault } from './reading-jobs.ts'
import { checkWholeFiles, restorePoint } from './restore-job.ts'
import { type Life, signal, type Weather, World } from './world.ts'

export type Report = {
  readonly seed: number
  readonly violation: string | undefined
  readonly steps: number
  readonly commits: number
  readonly deletedPacks: number
  readonly lives: number
  readonly faults: number
  /** Equal for equal runs. */
  readonly fingerprint: string
}

export type SimulateOptions = {
  readonly without?: readonly DiskStep[]
  readonly weather?: Partial<Weather>
  readonly trace?: (line: string) => void
}

const stepsMax = 40_000
const resumeShare = 0.01
const lookedThroughShare = 0.3
const collectionsMax = 6
const catchUpMs = 100_000

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Report> {
  const { without = [], weather = {}, trace } = options
  let livesLeft = 0
  let isCalm = false
  const start = (world: World): void => {
    if (livesLeft === 0 || world.lives.some(({ state }) => state === 'running')) return
    livesLeft--
    if (world.weather.idleMs > 0) world.nowMs += world.random.below(world.weather.idleMs)
    const { faultsPerLife } = world.weather
    const machine = world.random.pick(world.machines)
    if (machine === undefined) return
    const life = world.startProcess(machine, { faults: faultsPerLife, mayDie: true })
    world.note(`${life.name} starts`)
    void runLife(world, life).then(() => start(world))
  }
  const onStep = (world: World): void => {
    if (world.scheduler.steps > stepsMax) world.violate('the run does not come to its end')
    const accident = isCalm ? undefined : drawAccident(world)
    if (accident === undefined) return
    world.scheduler.strike(() => {
      accident(world)
      start(world)
    })
  }
  const world = new World({ seed, without, weather, trace }, onStep)
  world.note(`seed ${seed}: ${JSON.stringify(world.weather)}`)
  livesLeft = world.weather.lives
  await world.createVault()
  start(world)
  const isOver = () =>
    world.violation !== undefined ||
    (livesLeft === 0 && world.lives.every(({ state }) => state === 'dead'))
  await world.scheduler.run(isOver, () => {
    const woken = resumeAll(world)
    start(world)
    return woken || world.lives.some(({ state }) => state === 'running')
  })
  if (!isOver()) world.violate('everybody waits, and nobody is left to act')
  isCalm = true
  if (world.violation === undefined) await recover(world)
  return reportOf(seed, world)
}

async function runLife(world: World, life: Life): Promise<void> {
  try {
    await world.scheduler.standStill(() => checkPoints(world))
    await live(world, life)
  } catch (problem) {
    world.violate(
      `the simulator itself: ${problem instanceof Error ? problem.stack : String(problem)}`,
    )
  }
}

type Accident = (world: World) => void

function drawAccident({ random, weather, lives }: World): Accident | undefined {
  const draw = random.u32() / 0x1_0000_0000
  // A sweep is where an accident hurts most.
  const eagerness = lives.some(({ isSweeping }) => isSweeping) ? 5 : 1
  const { clockJumps, thefts } = weather
  const crashes = weather.crashes * eagerness
  const pauses = weather.pauses * eagerness
  if (draw < crashes) return crash
  if (draw < crashes + pauses) return pause
  if (draw < crashes + pauses + clockJumps) return jumpClock
  if (draw < crashes + pauses + clockJumps + thefts) return stealPack
  return draw > 1 - resumeShare ? resumeAll : undefined
}

function jumpClock(world: World): void {
  const day = 24 * 3600 * 1000
  if (world.random.chance(0.5)) world.nowMs += world.random.below(500)
  else world.random.pick(world.machines)?.jump((world.random.below(20_000) - 10_000) * day)
}

function crash(world: World): void {
  const victims = world.lives.filter(({ state }) => state !== 'dead')
  const victim = world.random.pick(victims)
  if (world.weather.disk === 'platter' && world.random.chance(0.4)) cutPower(world)
  else if (victim !== undefined) world.kill(victim)
}

function cutPower(world: World): void {
  world.note('the power is cut')
  for (const life of world.lives) world.kill(life)
  world.disk.cutPower(world.random)
  for (const machine of world.machines) machine.boot()
  world.truth.auditAgain()
}

/** The process sleeps past its lease; another takes the vault meanwhile. */
function pause(world: World): void {
  const life = world.random.pick(world.lives.filter(({ state }) => state === 'running'))
  if (life === undefined) return
  world.pauses++
  world.note(`${life.name} is paused, its lease is lost`)
  life.state = 'paused'
  world.leases.drop(life.name)
}

function resumeAll(world: World): boolean {
  let woken = false
  for (const life of world.lives) {
    if (life.state !== 'paused') continue
    world.note(`${life.name} goes on`)
    life.state = 'running'
    woken = true
  }
  return woken
}

/** Nothing goes wrong any more: a backup and collections succeed, and what nobody needs is gone. */
async function recover(world: World): Promise<void> {
  if (world.weather.disk === 'platter' && world.random.chance(0.8)) cutPower(world)
  const machine = world.random.pick(world.machines)
  if (machine === undefined) return
  const life = world.startProcess(machine, { faults: 0, mayDie: false })
  world.note(`${life.name} recovers`)
  let isDone = false
  const work = async (): Promise<void> => {
    try {
      await recoverWith(world, life)
    } catch (problem) {
      world.violate(
        `the recovery fails: ${problem instanceof Error ? problem.stack : String(problem)}`,
      )
    }
    isDone = true
  }
  void work()
  await world.scheduler.run(
    () => isDone || world.violation !== undefined,
    () => false,
  )
  if (!isDone) world.violate('the recovery does not come to its end')
}

async function recoverWith(world: World, life: Life): Promise<void> {
  await checkPoints(world)
  if (world.weather.losesEntries) await repairLostEntries(world, life)
  await using ownership = await Ownership.take(life.vault, life.name, signal)
  await backUp(world, life, ownership)
  await expireEnded(world, life, ownership)
  // Trusted time of a machine that was seen late lags behind; then it must catch up before it goes on.
  world.nowMs += catchUpMs
  let before: string[] = []
  for (let i = 0; i < collectionsMax; i++) {
    world.nowMs += world.weather.graceMs + 10
    await collectGarbage(world, life, ownership)
    const after = inventory(world.disk).filter((name) => !name.startsWith('ledger/'))
    if (after.join() === before.join() && ownership.state.condemned.size === 0) break
    before = after
    if (i === collectionsMax - 1) world.violate('collections do not come to rest')
  }
  const [left] = world.truth.superfluousPacks()
  if (left !== undefined) world.violate(`${left.slice(0, 13)} stays, though nobody needs it`)
  const [condemned] = ownership.state.condemned.keys()
  if (condemned !== undefined) world.violate(`${condemned.slice(0, 13)} stays condemned`)
  const records = world.disk.names('point').length
  if (records !== world.truth.points.size)
    world.violate(`${records} point records, but ${world.truth.points.size} living points`)
  await checkPoints(world)
  checkWholeFiles(world)
  // Dear, and done in the middle of lives too.
  if (world.random.chance(lookedThroughShare)) {
    await restorePoint(world, life)
    await verifyVault(world, life)
  }
}

function reportOf(seed: number, world: World): Report {
  const { truth, scheduler } = world
  return {
    seed,
    violation: world.violation,
    steps: scheduler.steps,
    commits: truth.commits,
    deletedPacks: truth.deletedPacks,
    lives: world.lives.length,
    faults: world.faultsFired,
    fingerprint: [world.nowMs, scheduler.steps, ...inventory(world.disk)].join(' '),
  }
}
