// What an agent lets its server do, end to end: hooks, local policy, upgrades and removal (A4, A21, B7, D3).
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHash, sign } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { hookRunner } from '#adapters/hooks'
import type { AgentWorker, Installation } from '#agent'
import { byteStringFromText } from '#base'
import { encodeBuildStatement } from '#contract'
import {
  backupOf,
  done,
  idleWorker,
  jobId,
  openWorld,
  quickClock,
  restoreJobId,
  restoreOf,
  type World,
} from './agent-world.ts'
import { keyPair, StandIn } from './stand-in.ts'

const code = (problem: { readonly code: string } | undefined) => problem?.code

function allow(world: World, policy: object): void {
  writeFileSync(join(world.folder, 'agent.json'), JSON.stringify(policy), { mode: 0o600 })
}

function addHook(world: World, name: string, lines: string): void {
  const folder = join(world.folder, 'hooks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
}

test('A21: what the local policy does not allow is refused at once, and told', async () => {
  await using server = await StandIn.start()
  let begun = 0
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async () => {
      begun++
      return done
    },
  }
  await using world = await openWorld(server, { worker })
  allow(world, { backupRoots: ['/home'], allow: { uninstall: false } })
  const asked = [
    backupOf(1),
    backupOf(2, { sources: { paths: [byteStringFromText('/etc')] } }),
    backupOf(3, { hooks: { before: 'anything' } }),
    restoreOf(4, { targetPath: byteStringFromText('/etc/cron.d') }),
    restoreOf(5, { conflict: 'overwrite' }),
    { kind: 'uninstall' } as const,
  ].map((one) => server.assign(one))
  await server.message('refused', ({ assignment }) => assignment === asked.at(-1))
  const refused = server.messages('refused').map(({ assignment }) => assignment)
  deepEqual(refused, asked.slice(1))
  const codes = server.messages('refused').map(({ problem }) => problem.code)
  const ofPolicy = 'agent.policy-refused'
  deepEqual(codes, [ofPolicy, 'hook.unknown', ofPolicy, ofPolicy, ofPolicy])
  // Every local volume is asked for: the volume "/" is in no backup root.
  const result = await server.message('result')
  equal(code(result.problem), 'agent.policy-refused')
  equal(begun, 0)
})

test('A21: a policy that others may write stops all jobs, and cancel still works', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  allow(world, {})
  chmodSync(join(world.folder, 'agent.json'), 0o666)
  server.assign(backupOf(1))
  const refused = await server.message('refused')
  equal(refused.problem.code, 'agent.policy-unusable')
  server.assign({ kind: 'cancel', jobId: jobId(1) })
  equal((await server.message('result')).state, 'CANCELED')
})

test('A21: a link does not lead out of the roots, for backups and for restores', async () => {
  await using server = await StandIn.start()
  let begun = 0
  const count = async () => {
    begun++
    return done
  }
  await using world = await openWorld(server, { worker: { backup: count, restore: count } })
  const inner = join(world.folder, 'inner')
  mkdirSync(inner)
  symlinkSync('/etc', join(inner, 'link'))
  allow(world, { backupRoots: [inner], restoreRoots: [inner] })
  const path = byteStringFromText(join(inner, 'link'))
  server.assign(backupOf(1, { sources: { paths: [path] } }))
  server.assign(restoreOf(2, { targetPath: path }))
  const backup = await server.message('result', (result) => result.jobId === jobId(1))
  equal(code(backup.problem), 'agent.policy-refused')
  const restore = await server.message('result', (result) => result.jobId === restoreJobId(2))
  equal(code(restore.problem), 'agent.policy-refused')
  equal(begun, 0)
})

test('A21: a restore in place says what the machine does not let it write', async () => {
  await using server = await StandIn.start()
  const places: unknown[] = []
  const worker: AgentWorker = {
    ...idleWorker,
    restore: async ({ roots, deniedDirectories }) => {
      places.push(roots, deniedDirectories.includes(byteStringFromText('/etc')))
      return done
    },
  }
  await using _world = await openWorld(server, { worker })
  server.assign(restoreOf(1))
  await server.message('warning', ({ text }) => /restores nothing at or below .*\/etc/.test(text))
  equal((await server.message('result')).state, 'COMPLETE')
  deepEqual(places, [['/'], true])
})

test('F3: a target that is not there fails the restore with TARGET_NOT_EXIST', async () => {
  await using server = await StandIn.start()
  await using _world = await openWorld(server)
  server.assign(restoreOf(1, { targetPath: byteStringFromText('/no/such/folder') }))
  const result = await server.message('result')
  equal(code(result.problem), 'target.not-found')
  equal(result.problem?.originalCode, 'TARGET_NOT_EXIST')
})

test('B7: hooks run before and after; one that fails before ends the job before anything is read', async () => {
  await using server = await StandIn.start()
  const seen: string[] = []
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async () => {
      seen.push('read')
      return done
    },
  }
  await using world = await openWorld(server, { worker, hooks: hookRunner() })
  const file = join(world.folder, 'events')
  const hooksDirectory = join(world.folder, 'hooks')
  addHook(world, 'log', `echo "$HOLDFAST_EVENT $HOLDFAST_STATE" >> ${file}`)
  addHook(world, 'bad', 'echo the database is away; exit 4')
  allow(world, { hooksDirectory, hooks: { log: 'log', bad: 'bad' } })

  server.assign(backupOf(1, { hooks: { before: 'log', after: 'log' } }))
  equal((await server.message('result')).state, 'COMPLETE')
  equal(readFileSync(file, 'utf8'), 'before \nafter COMPLETE\n')
  deepEqual(seen, ['read'])

  server.assign(backupOf(2, { hooks: { before: 'bad', after: 'log' } }))
  const failed = await server.message('result', (result) => result.jobId === jobId(2))
  equal(failed.state, 'FAILED')
  equal(code(failed.problem), 'hook.failed')
  deepEqual(seen, ['read'], 'nothing was read')
  equal(readFileSync(file, 'utf8'), 'before \nafter COMPLETE\nafter FAILED\n')
  const warning = await server.message('warning')
  match(warning.text, /the database is away/)

  server.assign(backupOf(3, { hooks: { after: 'bad' } }))
  equal((await server.message('result', (result) => result.jobId === jobId(3))).state, 'COMPLETE')
  await server.message('warning', ({ text }) => /hook bad failed: it ended with 4/.test(text))

  server.assign(backupOf(4, { hooks: { before: 'not-declared', after: 'log' } }))
  const refused = await server.message('refused')
  equal(code(refused.problem), 'hook.unknown')
  match(refused.problem.detail, /not-declared/)
  deepEqual(seen, ['read', 'read'], 'nothing was read, and no hook ran')
  equal(readFileSync(file, 'utf8'), 'before \nafter COMPLETE\nafter FAILED\n')
})

test('D3: limits are the stricter of both, for backups and restores, and end with the job', async () => {
  await using server = await StandIn.start()
  const limits: object[] = []
  const worker: AgentWorker = {
    backup: async ({ assignment }) => {
      limits.push(assignment.limits)
      return done
    },
    restore: async ({ assignment }) => {
      limits.push(assignment.limits)
      return done
    },
  }
  await using world = await openWorld(server, { worker })
  allow(world, { limits: { bytesPerSecondMax: 5_000_000 }, nice: 7, io: 'idle' })
  server.assign(backupOf(1, { limits: { bytesPerSecondMax: 10_000_000, coresMax: 1 } }))
  await server.message('result')
  server.assign(restoreOf(2, { limits: { bytesPerSecondMax: 1_000_000, coresMax: 2 } }))
  await server.message('result', (result) => result.jobId === restoreJobId(2))
  deepEqual(limits, [
    { bytesPerSecondMax: 5_000_000, coresMax: 1 },
    { bytesPerSecondMax: 1_000_000, coresMax: 2 },
  ])
  const usual = { nice: 0, io: 'usual', coresMax: undefined }
  deepEqual(world.priorities, [
    { nice: 7, io: 'idle', coresMax: 1 },
    usual,
    { nice: 7, io: 'idle', coresMax: 2 },
    usual,
  ])
})

const signer = keyPair()
const fresh = new TextEncoder().encode('#!/bin/sh\necho 1.1.0\n')

function upgradeTo(version: string, content = fresh, key = signer.privateKey) {
  const sha256 = createHash('sha256').update(content).digest('hex')
  const statement = encodeBuildStatement({ version, build: 'linux-x86-64', sha256 })
  const signature = sign(null, statement, key).toString('base64')
  return { kind: 'upgrade', version, build: 'linux-x86-64', sha256, signature } as const
}

/** An installed client in a folder of its own, with things around it that are not its own. */
function install(folder: string): Installation {
  const home = join(folder, 'client')
  mkdirSync(join(home, 'lib'), { recursive: true })
  writeFileSync(join(home, 'holdfast'), 'old program', { mode: 0o755 })
  writeFileSync(join(home, 'lib/part'), 'x')
  const manifest = join(home, 'installed.json')
  const files = ['holdfast', 'holdfast.previous', 'lib/part'].map((name) => join(home, name))
  writeFileSync(manifest, JSON.stringify({ files, directories: [home, join(home, 'lib')] }))
  return {
    program: join(home, 'holdfast'),
    build: 'linux-x86-64',
    upgradeKey: signer.publicKey,
    manifest,
    healthyWithinMs: 60_000,
    tryOut: async () => {},
    unregister: async () => {},
  }
}

test('A21: an upgrade that is unsigned, changed, older, or for another machine is refused', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const installation = install(world.folder)
  await world.start({ installation })
  server.programs.set('linux-x86-64', fresh)
  const good = upgradeTo('1.1.0')
  const bad = [
    { ...good, signature: '' },
    upgradeTo('1.1.0', fresh, keyPair().privateKey),
    { ...good, version: '1.2.0' },
    { ...good, sha256: '0'.repeat(64) },
    upgradeTo('0.9.0'),
    { ...good, build: 'linux-arm64' } as const,
    // Signed, but other bytes come.
    upgradeTo('1.1.0', new TextEncoder().encode('other')),
  ]
  for (const upgrade of bad) {
    const number = server.assign(upgrade)
    const { problem } = await server.message('refused', ({ assignment }) => assignment === number)
    equal(problem.code, 'upgrade.refused')
  }
  const same = server.assign(upgradeTo('1.0.0'))
  await server.message('accepted', ({ assignment }) => assignment === same)
  equal(readFileSync(installation.program, 'utf8'), 'old program')
  deepEqual(readdirSync(join(world.folder, 'client')).sort(), ['holdfast', 'installed.json', 'lib'])
})

test('A2: a signed upgrade takes the place of the program, and stays once the server has heard it', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const installation = install(world.folder)
  await world.start({ installation })
  server.programs.set('linux-x86-64', fresh)
  const number = server.assign(upgradeTo('1.1.0'))
  deepEqual(await world.ended(), { kind: 'restart' })
  deepEqual(readFileSync(installation.program), Buffer.from(fresh))
  equal(readFileSync(`${installation.program}.previous`, 'utf8'), 'old program')
  await world.start({ installation, version: '1.1.0' })
  await server.message(
    'heartbeat',
    (beat) => beat.clientVersion === '1.1.0' && beat.status === 'ACTIVATED',
  )
  await server.message('accepted', ({ assignment }) => assignment === number)
  equal(await world.state.find('upgrade.json'), undefined)
})

test('A2: a new program that the server does not hear in time makes room for the old one, which says so', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const installation = install(world.folder)
  await world.start({ installation })
  server.programs.set('linux-x86-64', fresh)
  const number = server.assign(upgradeTo('1.1.0'))
  await world.ended()
  await server.down()
  await world.start({ installation, version: '1.1.0', clock: quickClock(100) })
  deepEqual(await world.ended(), { kind: 'restart' })
  equal(readFileSync(installation.program, 'utf8'), 'old program')
  await server.up()
  await world.start({ installation })
  const { problem } = await server.message('refused', ({ assignment }) => assignment === number)
  equal(problem.code, 'upgrade.undone')
  await server.message('heartbeat', ({ status }) => status === 'UPGRADE_FAILED')
  server.assign(backupOf(1))
  equal((await server.message('result')).state, 'COMPLETE', 'it works on')
})

test('A2: a new program that ends again and again is given up', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const installation = install(world.folder)
  await world.start({ installation })
  server.programs.set('linux-x86-64', fresh)
  server.assign(upgradeTo('1.1.0'))
  await world.ended()
  await server.down()
  for (let i = 0; i < 3; i++) {
    await world.start({ installation, version: '1.1.0' })
    await delay(50)
    equal((await world.stop()).kind, 'stopped')
  }
  await world.start({ installation, version: '1.1.0' })
  deepEqual(await world.ended(), { kind: 'restart' })
  equal(readFileSync(installation.program, 'utf8'), 'old program')
})

test('A4: uninstalling removes what the installation and the agent made, and nothing else', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const installation = install(world.folder)
  const outside = join(world.folder, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'part'), 'mine')
  const home = join(world.folder, 'client')
  writeFileSync(join(home, 'notes.txt'), 'of the administrator')
  writeFileSync(join(world.folder, 'state/kept.txt'), 'x')
  let unregistered = 0
  const unregister = async () => {
    unregistered++
  }
  await world.start({ installation: { ...installation, unregister } })
  server.assign({ kind: 'uninstall' })
  const end = await world.ended()
  equal(end.kind, 'uninstalled')
  equal(unregistered, 1)
  ok(server.messages('heartbeat').some(({ status }) => status === 'UNINSTALLING'))
  ok(server.messages('heartbeat').some(({ status }) => status === 'NOT_INSTALLED'))
  deepEqual(readdirSync(home), ['notes.txt'])
  deepEqual(readdirSync(join(world.folder, 'state')), ['kept.txt'])
  ok(existsSync(join(outside, 'part')))
})

test('A4: a link in the place of a directory is not followed', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const installation = install(world.folder)
  const outside = join(world.folder, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'part'), 'mine')
  rmSync(join(world.folder, 'client/lib'), { recursive: true })
  symlinkSync(outside, join(world.folder, 'client/lib'))
  await world.start({ installation })
  server.assign({ kind: 'uninstall' })
  const end = await world.ended()
  ok(end.kind === 'uninstalled' && end.left.some((line) => line.includes('is a link')))
  equal(readFileSync(join(outside, 'part'), 'utf8'), 'mine')
})
