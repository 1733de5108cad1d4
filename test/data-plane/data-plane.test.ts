// Backups and restores over real TLS: listener, gateway and vault on one side, the worker of an agent on the other.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import {
  encodeBlockFrame,
  encodeChunkIds,
  type JobId,
  type PointId,
  routes,
  type SessionFacts,
} from '#contract'
import { chunkId } from '#engine'
import { findVault } from '#server'
import { openPlane, type Plane } from './plane.ts'
import { beginJob, endJob, openAgent, PlaneWorld } from './world.ts'

const signal = new AbortController().signal

function makeTree(folder: string, seed: string): void {
  mkdirSync(join(folder, 'deep/er'), { recursive: true })
  for (let i = 0; i < 40; i++)
    writeFileSync(join(folder, `deep/${seed}-${i}`), randomBytes(1 + i * 700))
  writeFileSync(join(folder, 'big'), randomBytes(9 * 1024 * 1024))
  writeFileSync(join(folder, 'text'), 'abc '.repeat(200_000))
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(
    Buffer.concat([Buffer.from(join(folder, 'deep/er/')), Buffer.from([0xff, 0x41])]),
    'x',
  )
  symlinkSync('../text', join(folder, 'deep/link'))
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', join(folder, 'text')])
}

/** What `find` says of a tree, without what a restore cannot bring back, and all its bytes. */
function listing(folder: string): string {
  const facts = ['-printf', '%P\\0%y\\0%m\\0%s\\0%l\\0%T@\\n']
  const all = execFileSync('find', [folder, '-mindepth', '1', '!', '-type', 'd', ...facts])
  const digests = execFileSync(
    'sh',
    ['-c', 'find . -type f -print0 | sort -z | xargs -0 sha256sum'],
    {
      cwd: folder,
    },
  )
  const notes = execFileSync('sh', ['-c', 'getfattr -R -d . 2>/dev/null | sort'], { cwd: folder })
  const lines = all.toString('latin1').split('\n').sort().join('\n')
  return `${lines}\n${digests.toString('latin1')}\n${notes}`
}

async function newestPoint({ gateway }: Plane, world: PlaneWorld): Promise<PointId> {
  await using reading = await gateway.read(world.vaultId ?? never(), signal)
  return (reading.points.at(-1)?.id ?? never()) as PointId
}

function never(): never {
  throw new Error('it is there')
}

test('a backup, the same again, a change, and what is restored is what was there', async () => {
  using world = await PlaneWorld.make()
  await using plane = await openPlane(world.folder)
  const source = world.path('source')
  makeTree(source, 'a')
  await using agent = openAgent(world, () => plane.port)
  // What was written in the second of a backup is read again by the next one.
  await wait(2_100)
  const backUp = async () => {
    const jobId = await beginJob(plane, world)
    const before = { ...agent.sent }
    const outcome = await agent.backUp(jobId, source)
    await endJob(plane, jobId)
    return { ...outcome, sentBytes: agent.sent.bytes - before.bytes }
  }
  const first = await backUp()
  equal(first.state, 'COMPLETE')
  ok(first.sentBytes > 9_000_000)
  const same = await backUp()
  ok(same.sentBytes < 1_000, `${same.sentBytes} bytes for nothing new`)
  appendFileSync(join(source, 'big'), 'and a little more')
  rmSync(join(source, 'deep/a-7'))
  const changed = await backUp()
  ok(changed.sentBytes < 2_500_000, `${changed.sentBytes} bytes for a little change`)
  const shown =
    (await findVault(plane.kernel.catalog.db, world.vaultId ?? never()))?.storedBytes ?? 0
  const packs = execFileSync(
    'find',
    [world.path('vaults'), '-path', '*/pack/*', '-type', 'f', '-printf', '%s\\n'],
    { encoding: 'utf8' },
  )
  const lying = packs
    .trim()
    .split('\n')
    .reduce((sum, size) => sum + Number(size), 0)
  ok(Math.abs(shown - lying) < 100_000, `people see ${shown}, ${lying} bytes lie there`)
  const target = world.path('target')
  mkdirSync(target)
  const point = await newestPoint(plane, world)
  const jobId = await beginJob(plane, world, { restore: [point] })
  await using reading = await plane.gateway.read(world.vaultId ?? never(), signal)
  const older = (reading.points[0]?.id ?? never()) as PointId
  const notNamed = { kind: 'restore', restoreJobId: jobId, attempt: 1, pointId: older } as const
  const opening = agent.client.call(routes.sessions.open, { body: notNamed })
  await rejects(opening, isCode('record.not-found'))
  deepEqual((await agent.restore(jobId, [point], target)) && listing(target), listing(source))
})

for (const sharesAll of [false, true])
  test(`two machines with the same content store it once, and it crosses the network ${sharesAll ? 'once' : 'twice'} (A04)`, async () => {
    using world = await PlaneWorld.make({ sharesAll })
    await using plane = await openPlane(world.folder)
    const source = world.path('source')
    makeTree(source, 'a')
    const sent: number[] = []
    for (const machine of [0, 1]) {
      await using agent = openAgent(world, () => plane.port, machine)
      const jobId = await beginJob(plane, world, { machine })
      await agent.backUp(jobId, source)
      await endJob(plane, jobId)
      sent.push(agent.sent.bytes)
      const target = world.path(`target-${machine}`)
      mkdirSync(target)
      const point = await newestPoint(plane, world)
      const restoreId = await beginJob(plane, world, { machine, restore: [point] })
      await agent.restore(restoreId, [point], target)
      equal(listing(target), listing(source))
    }
    const [first = 0, second = 0] = sent
    if (sharesAll) ok(second < first / 20, `${second} of ${first}`)
    else ok(second > first * 0.9, `${second} of ${first}`)
    const { storedBytes } = await plane.gateway.maintain(world.vaultId ?? never(), [], signal)
    ok(storedBytes < first * 1.1, `${storedBytes} for ${first}`)
  })

test('F02: the server is killed in mid-backup; what was in packs is not sent again', async (context) => {
  using world = await PlaneWorld.make()
  const source = world.path('source')
  mkdirSync(source)
  const fileBytes = 4 * 1024 * 1024
  for (let i = 0; i < 24; i++) writeFileSync(join(source, `f${i}`), randomBytes(fileBytes))
  let jobId: JobId
  {
    await using plane = await openPlane(world.folder)
    jobId = await beginJob(plane, world)
  }
  const start = async () => {
    const path = new URL('./plane-process.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [path, world.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    context.after(() => child.kill('SIGKILL'))
    const [said] = await once(child.stdout, 'data')
    return { child, port: Number(String(said)) }
  }
  let server = await start()
  const killed: number[] = []
  await using agent = openAgent(world, () => server.port, 0, {
    async beforePut(count) {
      if (count !== 38) return
      const gone = once(server.child, 'exit')
      server.child.kill('SIGKILL')
      await gone
      const next = await start()
      // Its last answers, to blocks beside this one, are in by now; nobody knows the next one's port yet.
      killed.push(agent.sent.bytes)
      server = next
    },
  })
  const outcome = await agent.backUp(jobId, source)
  equal(outcome.state, 'COMPLETE')
  const total = 24 * fileBytes
  const [before = 0] = killed
  ok(before > 60e6, `${before} bytes were sent before`)
  // Of two packs that were full nothing is sent twice; the third was under way.
  const twice = agent.sent.bytes - total
  ok(twice < before - 2 * 32 * 1024 * 1024 + 1e6, `${twice} bytes were sent twice of ${before}`)
  server.child.kill('SIGKILL')
  await once(server.child, 'exit')
  await using plane = await openPlane(world.folder)
  const point = await newestPoint(plane, world)
  const target = world.path('target')
  mkdirSync(target)
  const restoreId = await beginJob(plane, world, { restore: [point] })
  await using restorer = openAgent(world, () => plane.port)
  await restorer.restore(restoreId, [point], target)
  equal(listing(target), listing(source))
})

/** Passes everything on, and cuts connections when it is told to. */
async function openProxy(to: () => number, cutAfter: () => number) {
  const sockets = new Set<Socket>()
  let cuts = 0
  const server = createServer((near) => {
    const far = connect(to(), '127.0.0.1')
    let left = cutAfter()
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.on('data', (bytes: Buffer) => {
        left -= bytes.length
        if (left > 0) return void (other.write(bytes) || one.pause())
        cuts++
        other.write(bytes.subarray(0, bytes.length >> 1))
        setImmediate(() => [near, far].map((socket) => socket.destroy()))
      })
      other.on('drain', () => one.resume())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    get cuts() {
      return cuts
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test('F20: connections that are cut in mid-block lose nothing; only blocks under way are sent again', async () => {
  using world = await PlaneWorld.make()
  await using plane = await openPlane(world.folder)
  const source = world.path('source')
  makeTree(source, 'a')
  writeFileSync(join(source, 'second'), randomBytes(12 * 1024 * 1024))
  await using proxy = await openProxy(
    () => plane.port,
    () => 500_000 + (randomBytes(4).readUInt32LE() % 6_000_000),
  )
  await using agent = openAgent(world, () => proxy.port)
  const jobId = await beginJob(plane, world)
  equal((await agent.backUp(jobId, source)).state, 'COMPLETE')
  ok(proxy.cuts > 1, `${proxy.cuts} cuts`)
  const { gateway } = plane
  await using reading = await gateway.read(world.vaultId ?? never(), signal)
  equal(reading.points.length, 1, 'one point, whatever was said twice')
  const once = 21 * 1024 * 1024 + 2_000_000
  ok(agent.sent.bytes < once + proxy.cuts * 4 * 2.2 * 1024 * 1024, `${agent.sent.bytes} bytes`)
  const target = world.path('target')
  mkdirSync(target)
  const [point] = reading.points
  const points = [(point?.id ?? never()) as PointId]
  const restoreId = await beginJob(plane, world, { restore: points })
  await agent.restore(restoreId, points, target)
  equal(listing(target), listing(source))
})

async function openRaw(plane: Plane, world: PlaneWorld, machine = 0) {
  const agent = openAgent(world, () => plane.port, machine)
  const jobId = await beginJob(plane, world, { machine })
  const opening = { kind: 'backup', jobId, attempt: 1, source: '/srv' } as const
  const facts = await agent.client.call(routes.sessions.open, { body: opening })
  return { agent, jobId, opening, facts }
}

const isCode = (code: string) => (problem: unknown) => {
  ok(problem instanceof Error && 'code' in problem, String(problem))
  equal(problem.code, code, problem.message)
  return true
}

test('a raw client that lies is refused, and what is of others is not there for it', async () => {
  using world = await PlaneWorld.make()
  await using plane = await openPlane(world.folder)
  const { agent, facts, opening, jobId } = await openRaw(plane, world)
  await using _ = agent
  await using other = openAgent(world, () => plane.port, 1)
  const path = { sessionId: facts.sessionId }
  const { call, stream } = agent.client
  // Whose session it is, whose job, whose attempt, whose point.
  await rejects(other.client.call(routes.sessions.close, { path }), isCode('session.unknown'))
  const ids = encodeChunkIds([chunkId(new Uint8Array(32))])
  await rejects(
    other.client.stream(routes.sessions.have, { path, body: ids }),
    isCode('session.unknown'),
  )
  await rejects(
    other.client.call(routes.sessions.open, { body: opening }),
    isCode('record.not-found'),
  )
  await rejects(
    call(routes.sessions.open, { body: { ...opening, attempt: 2 } }),
    isCode('job.over'),
  )
  const nowhere = 'a'.repeat(64) as PointId
  const restoreJobId = await beginJob(plane, world, { restore: ['b'.repeat(64) as PointId] })
  const restore = { kind: 'restore', restoreJobId, attempt: 1, pointId: nowhere } as const
  await rejects(call(routes.sessions.open, { body: restore }), isCode('point.not-found'))
  await rejects(
    other.client.call(routes.sessions.open, { body: restore }),
    isCode('record.not-found'),
  )
  // It lives on for its owner.
  await stream(routes.sessions.have, { path, body: ids })
  // A job of one kind is no job of the other.
  const mixed = { ...restore, restoreJobId: jobId as never }
  await rejects(call(routes.sessions.open, { body: mixed }))
  // Frames: another number than the path says, far ahead, too large, and none at all.
  const frame = (number: number) =>
    encodeBlockFrame({
      kind: 'data',
      number,
      ids: [chunkId(new Uint8Array(32))],
      lengths: [10],
      sealed: new Uint8Array(100),
    })
  const put = (facts: SessionFacts, blockNumber: string, body: Uint8Array) =>
    call(routes.sessions.put, { path: { sessionId: facts.sessionId, blockNumber }, body })
  await rejects(put(facts, '1', frame(2)), isCode('session.refused'))
  await rejects(put(facts, '0', randomBytes(200)), isCode('session.refused'))
  await rejects(put(facts, '0', new Uint8Array(40 * 1024 * 1024)), (problem: Error) => {
    ok(/too-large|unreachable/.test(String('code' in problem && problem.code)), String(problem))
    return true
  })
  await rejects(put(facts, '999999', frame(999_999)), isCode('session.refused'))
  // From then on the session takes nothing.
  await rejects(put(facts, '0', frame(0)), isCode('session.refused'))
  const commit = { path, query: { blocks: 0 }, body: randomBytes(100) }
  await rejects(call(routes.sessions.commit, commit), isCode('session.refused'))
  const fetch = { path, body: { pack: 'c'.repeat(64) as never, offsets: [16] } }
  await rejects(stream(routes.sessions.fetch, fetch), isCode('session.refused'))
  await using reading = await plane.gateway.read(world.vaultId ?? never(), signal)
  equal(reading.points.length, 0)
  equal(plane.live.count, 1)
  await call(routes.sessions.close, { path })
  equal(plane.live.count, 0)
})

test('opening the same once more ends the session before; one that stalls ends by itself', async () => {
  using world = await PlaneWorld.make()
  await using plane = await openPlane(world.folder, 300)
  const { agent, opening, facts } = await openRaw(plane, world)
  await using _ = agent
  const both = await Promise.allSettled([
    agent.client.call(routes.sessions.open, { body: opening }),
    agent.client.call(routes.sessions.open, { body: opening }),
  ])
  ok(both.some(({ status }) => status === 'fulfilled'))
  equal(plane.live.count, 1)
  const have = (sessionId: SessionFacts['sessionId']) =>
    agent.client.stream(routes.sessions.have, {
      path: { sessionId },
      body: encodeChunkIds([chunkId(new Uint8Array(32))]),
    })
  await rejects(have(facts.sessionId), /ended|not/)
  await wait(800)
  equal(plane.live.count, 0)
})

test('a vault that cannot be opened says why, and is opened as soon as it can be', async () => {
  using world = await PlaneWorld.make()
  const vaultId = world.vaultId ?? never()
  await using first = await openPlane(world.folder)
  await first.gateway.host(vaultId, signal)
  await using second = await openPlane(world.folder)
  await rejects(second.gateway.host(vaultId, signal), isCode('vault.leased'))
  await first.gateway.drop(vaultId)
  await second.gateway.host(vaultId, signal)
  equal(readFileSync(world.path('tls.json'), 'utf8').length > 0, true)
})
