// F3: the folders of a running machine, from who asks through the server to a real agent and back.
import { deepEqual, ok, rejects } from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { routes } from '#contract'
import { startPostgres, whyNoPostgres } from '../catalog/private-postgres.ts'
import { Fleet, type FleetAgent, needsRoot } from './world.ts'

test('F3, A21: folders of a live target are listed within its local policy, and a silent one is told of', {
  skip: needsRoot,
}, async () => {
  await using fleet = await Fleet.open()
  const target = await fleet.addAgent('target', { activate: false })
  const place = join(fleet.folder, 'place')
  for (const name of ['here/deep', 'here/二', 'kept-out', 'beside']) {
    mkdirSync(join(place, name), { recursive: true })
  }
  mkdirSync(Buffer.concat([Buffer.from(`${place}/here/`), Buffer.of(0xff, 0x3c)]))
  writeFileSync(join(place, 'here', 'file'), '')
  symlinkSync('/etc', join(place, 'here', 'link'))
  fleet.setPolicy(target, {
    restoreRoots: [place],
    restoreDenied: ['/etc', join(place, 'kept-out')],
  })
  const names = async (path: string) => (await ask(fleet, target, path)).map(({ name }) => name)
  deepEqual(await names(place), ['beside', 'here'])
  deepEqual(await names(join(place, 'here')), ['deep', '\u00e4\u00ba\u008c', '\xff<'])
  deepEqual(await names(`hex:${Buffer.from(`${place}/here/`).toString('hex')}ff3c`), [])
  ok((await names('/')).length <= 1, 'only the way to the place')
  const refusals = [
    [join(place, 'kept-out'), 'agent.policy-refused'],
    ['/etc', 'agent.policy-refused'],
    [join(place, 'here', 'link'), 'agent.policy-refused'],
    [join(place, 'here', 'none'), 'target.not-found'],
    [join(place, 'here', 'file'), 'target.not-folder'],
  ] as const
  for (const [path, code] of refusals) await rejects(names(path), { code }, path)

  await rejects(names('relative'), { code: 'request.invalid' })
  await target.process.end('SIGKILL')
  const before = performance.now()
  await rejects(names(place), { code: 'agent.unreachable' })
  const seconds = (performance.now() - before) / 1_000
  ok(seconds > 10 && seconds < 40, `waited ${seconds} s`)
})

test('of two servers over one catalog one is asked, and the agent of the other answers', {
  skip: needsRoot || (process.env['CI'] ? false : (whyNoPostgres() ?? false)),
}, async () => {
  const database = await startPostgres()
  try {
    await using fleet = await Fleet.open(undefined, await database.createDatabase())
    const target = await fleet.addAgent('target', { activate: false })
    mkdirSync(join(target.source, 'inside'))
    const beside = await fleet.startBeside()
    for (const api of [beside, fleet.api]) {
      deepEqual(await ask({ api }, target, target.source), [{ name: 'inside' }])
    }
    const none = join(target.source, 'none')
    await rejects(ask({ api: beside }, target, none), { code: 'target.not-found' })
  } finally {
    await database.stop()
  }
})

async function ask({ api }: Pick<Fleet, 'api'>, { instanceId }: FleetAgent, path: string) {
  const input = { path: { instanceId }, query: { path } }
  return (await api.call(routes.instances.folders, input)).folders
}
