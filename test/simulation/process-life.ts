/**
 * The life of one process: it takes the vault and runs jobs, several at a time, until they are done or it is told that
 * the vault is another's now. The jobs are the product's own.
 */
import { BrokenInvariant, byteStringFromText, bytesOf, Failure } from '#base'
import { everything, type KnownPoint } from '#engine'
import {
  type BackupOutcome,
  extendRetention,
  holdPoint,
  parentOf,
  performBackup,
  performExpire,
  performGarbage,
  proposeExpire,
  releasePoint,
  takeBack,
} from '#jobs'
import { type Progress, silentReporter } from '#ports'
import { ChunkReader, Ownership, openSession, readPoints } from '#vault'
import { checkPoint } from './checks.ts'
import { openGuest } from './guest-backup.ts'
import { type Disturbance, MemorySource } from './memory-source.ts'
import { readBack, repairVault, verifyVault } from './reading-jobs.ts'
import { restorePoint } from './restore-job.ts'
import type { ModelFile } from './tree-model.ts'
import type { Attempt, PointPromise } from './truth.ts'
import { type Life, signal, type World } from './world.ts'

type Job = (world: World, life: Life, ownership: Ownership) => Promise<void>

const host = 'simulated'
const restoredAtOnceShare = 0.2

export async function live(world: World, life: Life): Promise<void> {
  if (world.random.chance(world.weather.repairs)) await repair(world, life)
  try {
    await using ownership = await Ownership.take(life.vault, life.name, signal)
    if (ownership.state.lock !== world.weather.lock)
      await ownership.append({ kind: 'lock', to: world.weather.lock }, signal)
    const lanes = Array.from({ length: world.weather.lanes }, (_, lane) =>
      runLane({ world, life, ownership }, lane),
    )
    await Promise.all(lanes)
  } catch (problem) {
    judgeProblem(world, life, 'a life', problem)
  }
  life.state = 'dead'
}

async function repair(world: World, life: Life): Promise<void> {
  world.note(`${life.name} begins a repair`)
  try {
    await repairVault(world, life)
    world.note(`${life.name} ends a repair`)
  } catch (problem) {
    judgeProblem(world, life, 'a repair', problem)
  }
}

type Lane = { readonly world: World; readonly life: Life; readonly ownership: Ownership }

async function runLane({ world, life, ownership }: Lane, lane: number): Promise<void> {
  for (let i = 0; i < world.weather.jobsPerLane; i++) {
    const [name, job] = drawJob(world, lane)
    world.note(`${life.name} begins ${name}`)
    try {
      await job(world, life, ownership)
      world.note(`${life.name} ends ${name}`)
    } catch (problem) {
      judgeProblem(world, life, name, problem)
      if (problem instanceof Failure && problem.code === 'vault.fenced') return
    }
  }
}

/** A job may fail for what went wrong around it, in a sentence of the catalogue; for nothing else. */
function judgeProblem(world: World, life: Life, name: string, problem: unknown): void {
  world.note(`${life.name} fails ${name}: ${String(problem)}`)
  if (problem instanceof Failure) {
    if (!isExcused(world, life, name, problem))
      world.violate(`${name} fails without a reason: ${String(problem)}`)
    return
  }
  const kind = problem instanceof BrokenInvariant ? 'a broken invariant' : 'an unexpected error'
  const stack = problem instanceof Error ? (problem.stack ?? '').split('\n').slice(1, 4) : []
  world.violate(`${name}: ${kind}: ${String(problem)} ${stack.join(' ')}`)
}

function isExcused(world: World, life: Life, name: string, { code }: Failure): boolean {
  const { faultsFired, pauses, thefts, truth } = world
  truth.audit()
  if (harmless.has(code) || faultsFired > 0) return true
  // A sweep keeps readers out, and says so; and who slept through a repair may find another at work.
  const isAlone = world.lives.every((other) => other === life || other.state === 'dead')
  if (code === 'vault.leased' && (readers.has(name) || !isAlone)) return true
  // Who slept while another took the vault acts on what is no longer so.
  if (pauses > 0 && truth.state.holder !== life.name) return true
  // A crash excuses nothing: the dead do not complain, and who comes after them must find all in order.
  return thefts > 0 && (code.startsWith('object.') || code === 'gc.refused')
}

/** What the jobs of one process do to each other. */
const harmless = new Set<string>([
  'point.held',
  'point.locked',
  'point.newest',
  'point.not-found',
  'point.retention-refused',
])

const readers = new Set(['a reading', 'a restore', 'a verification', 'a repair'])

/** The first lane collects more often, so that collections meet backups. */
function drawJob(world: World, lane: number): readonly [string, Job] {
  if (lane === 0 && world.random.chance(0.3)) return ['a collection', collectGarbage]
  const draw = world.random.below(27)
  if (draw < 9) return ['a backup', backUp]
  if (draw < 13) return ['a collection', collectGarbage]
  if (draw < 16) return ['an expiry', expireEnded]
  if (draw < 18) return ['an expiry by name', expireNamed]
  if (draw < 20) return ['a hold', hold]
  if (draw === 20) return ['a release', release]
  if (draw <= 22) return ['a reading', readBack]
  if (draw === 23) return ['a verification', verifyVault]
  if (draw <= 25) return ['a restore', restorePoint]
  return ['an extension', extend]
}

export const backUp: Job = async (world, life, ownership) => {
  const { vault } = life
  const number = world.random.below(world.sources.length)
  const model = world.sources[number]
  if (model === undefined) return
  model.change()
  const attempt = {
    tag: `b${++world.attempts}`,
    source: number,
    state: model.state(),
    retainForMs: world.random.pick([undefined, 20, 20, 100, 800]),
    beganAtMs: world.nowMs,
    acknowledged: undefined,
  } satisfies Attempt as Attempt & { readonly state: Map<string, ModelFile> }
  world.truth.attempts.set(attempt.tag, attempt)
  const turn = () => world.scheduler.turn(life)
  const { keys, ports } = vault
  await using session = await openSession(ownership, signal)
  const { points } = await readPoints(vault, session.asOf, signal)
  const sources = [{ path: model.path, prefix: byteStringFromText('') }]
  const before = world.random.chance(0.15) ? undefined : parentOf(points, sources, host)
  const { guests } = world.weather
  const { tag, retainForMs } = attempt
  const order = { source: number, parent: before, tag, retainForMs }
  const isGuest = guests > 0 && world.random.chance(guests)
  await using guest = isGuest ? await openGuest(world, life, session, order) : undefined
  const source = new MemorySource({
    path: model.path,
    state: attempt.state,
    drawDisturbance: () => drawDisturbance(world),
    disturb: (path, how) => model.disturb(path, how),
    cipher: ports.cipher,
    keys: guest?.keys ?? keys,
    turn,
  })
  const outcome = await performBackup(
    {
      source,
      session: guest?.session ?? session,
      reader: guest?.reader ?? new ChunkReader(vault, session.index),
      reporter: silentReporter,
    },
    {
      sources,
      filter: everything,
      skipped: [],
      oneFileSystem: false,
      tags: [tag],
      host,
      user: 'anna',
      retainForMs,
      parent: guest === undefined ? before : guest.parent,
      startedAt: model.nowMs,
    },
    signal,
  )
  attempt.acknowledged = outcome.point.id
  world.note(`${attempt.tag} is acknowledged as ${outcome.point.id.slice(0, 8)}`)
  world.truth.audit()
  if (!world.truth.committed.has(outcome.point.id))
    world.violate(`${attempt.tag} is acknowledged, but no entry names it`)
  checkFailures(world, attempt.tag, source, outcome)
  // The truth has looked through its tree at once; restoring is dear, so only some are restored before the end.
  if (world.random.chance(restoredAtOnceShare))
    await world.scheduler.standStill(() => checkPoint(world, outcome.point.id))
}

function drawDisturbance({ random, weather }: World): Disturbance | undefined {
  if (!random.chance(weather.disturbances)) return undefined
  return random.pick<Disturbance>(['rewrite', 'remove', 'tear'])
}

/** What could not be taken as it should is named, just that, and makes the point partial (B6). */
function checkFailures(
  world: World,
  tag: string,
  { troubled }: MemorySource,
  { failures, point }: BackupOutcome,
): void {
  const named = failures.map(({ path }) => new TextDecoder().decode(bytesOf(path)))
  const short = named.map((path) => path.slice(path.indexOf('/', 1) + 1))
  if (short.sort().join() !== [...troubled].sort().join())
    world.violate(`${tag} names ${short.join()} as failed, not ${[...troubled].join()}`)
  if ((point.point.status === 'complete') !== (troubled.size === 0))
    world.violate(`${tag} is ${point.point.status}, with ${troubled.size} failures`)
}

export const collectGarbage: Job = async (world, life, ownership) => {
  const { graceMs, deadShareMin } = world.weather
  const reporter = {
    ...silentReporter,
    progress({ phase }: Progress) {
      life.isSweeping = phase === 'sweep'
    },
  }
  try {
    await performGarbage(ownership, { graceMs, deadShareMin }, reporter, signal)
  } finally {
    life.isSweeping = false
  }
}

export const expireEnded: Job = async (world, _life, ownership) => {
  const { keepOne } = world.weather
  const request = { requested: undefined, keepOne, atOnce: false }
  await performExpire(ownership, await proposeExpire(ownership, request, signal), signal)
}

const expireNamed: Job = async (world, _life, ownership) => {
  const known = await anyPoint(world, ownership)
  if (known === undefined) return
  const { keepOne } = world.weather
  if (world.random.chance(0.2)) {
    const action = { kind: 'untrash', point: known.id } as const
    return await promised(world, ownership, action, () => takeBack(ownership, known.id, signal))
  }
  const request = { requested: new Set([known.id]), keepOne, atOnce: world.random.chance(0.7) }
  const proposal = await proposeExpire(ownership, request, signal)
  const { requested } = world.truth
  if (request.atOnce) requested.atOnce.add(known.id)
  else requested.trash.add(known.id)
  await performExpire(ownership, proposal, signal)
}

const hold: Job = async (world, _life, ownership) => {
  const known = await anyPoint(world, ownership)
  if (known === undefined) return
  const reason = `audit ${++world.attempts}`
  const action = { kind: 'hold', point: known.id, reason } as const
  const tell = () => holdPoint(ownership, known.id, reason, signal)
  await promised(world, ownership, action, tell)
}

/** What is acknowledged stands in the ledger, and did when the point lived; so it counted for all that came after it. */
async function promised(
  world: World,
  ownership: Ownership,
  action: PointPromise,
  tell: () => Promise<void>,
): Promise<void> {
  const { epoch, state } = ownership
  await tell()
  if (world.truth.wasPromised(action, { since: state.number, epoch })) return
  const point = action.point.slice(0, 8)
  world.violate(`${action.kind} of ${point} is acknowledged, but no entry said so while it lived`)
}

const release: Job = async (world, _life, ownership) => {
  const known = await anyPoint(world, ownership)
  if (known !== undefined) await releasePoint(ownership, known.id, 'the audit is over', signal)
}

const extend: Job = async (world, _life, ownership) => {
  const known = await anyPoint(world, ownership)
  if (known === undefined) return
  const until = world.random.chance(0.3) ? undefined : ownership.trustedNow() + 300
  const action = { kind: 'extend', point: known.id, until } as const
  const tell = () => extendRetention(ownership, known, until, signal)
  await promised(world, ownership, action, tell)
}

async function anyPoint(world: World, ownership: Ownership): Promise<KnownPoint | undefined> {
  const { points } = await readPoints(ownership.vault, ownership.state, signal)
  return world.random.pick(points)
}
