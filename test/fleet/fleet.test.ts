// The tour of the product over real processes: protect, change, look, restore elsewhere, also when the source is gone.

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { routes, type Version } from '#contract'
import { listDifferences } from '../fidelity/outside-tools.ts'
import { changeTree, fillTree } from './trees.ts'
import { Fleet, type FleetAgent, needsRoot } from './world.ts'

test('A1, F1, F2: from a code to a restore elsewhere when the source is gone', {
  skip: needsRoot,
}, async (t) => {
  await using fleet = await Fleet.open()
  const source = await fleet.addAgent('source', { fill: (folder) => fillTree(folder, 'one') })
  const kept = join(fleet.folder, 'kept')

  await t.test('D4: the first backup begins by itself and its version is complete', async () => {
    const job = await fleet.firstJob(source)
    equal(job.state, 'COMPLETE', JSON.stringify(job))
    const [version, ...others] = await fleet.versions(source)
    equal(others.length, 0)
    equal(version?.status, 'complete')
    equal(version?.jobId, job.jobId)
    spawnSync('cp', ['-a', source.source, kept])
  })

  changeTree(source.source, 'second')
  await t.test('the second backup sends only what changed', async () => {
    const job = await fleet.backUp(source)
    equal(job.state, 'COMPLETE', JSON.stringify(job))
    ok((job.totals?.newBytes ?? 1e9) < 100_000, JSON.stringify(job.totals))
    equal((await fleet.versions(source)).length, 2)
  })

  const [second, first] = await fleet.versions(source)
  if (first === undefined || second === undefined) throw new Error('two versions')
  await t.test('F8: it is browsed, searched, compared and downloaded', async () => {
    await lookInto(fleet, source, { first, second })
  })

  const target = await fleet.addAgent('target', { activate: false })
  await t.test('F1: both versions are restored to another instance, entry by entry', async () => {
    for (const [version, wanted] of [
      [first, kept],
      [second, source.source],
    ] as const) {
      const place = join(fleet.folder, `restored ${version.versionId}`)
      mkdirSync(place)
      const job = await fleet.restore(version, target, place)
      equal(job.state, 'COMPLETE', JSON.stringify(job))
      deepEqual(listDifferences(wanted, place), [])
    }
  })

  await t.test('F2, F3: targets that are not there are refused, in words', async () => {
    const missing = await fleet.restore(second, target, join(fleet.folder, 'nowhere'))
    equal(missing.state, 'FAILED')
    equal(missing.problem?.code, 'target.not-found')
    const denied = await fleet.restore(second, target, '/etc')
    equal(denied.state, 'FAILED')
    equal(denied.problem?.code, 'agent.policy-refused')
    equal(await target.process.end('SIGTERM'), 0)
  })

  await t.test(
    'A02, F2: the source is revoked and gone, and is restored all the same',
    async () => {
      const { instanceId } = source
      await fleet.api.call(routes.instances.revokeClient, { path: { instanceId } })
      await source.process.ended
      match(source.process.out, /revoked the identity of this machine/)
      const place = join(fleet.folder, 'after the disaster')
      mkdirSync(place)
      await rejects(fleet.restore(second, source, place), { code: 'agent.unreachable' })
      fleet.startAgent(target)
      const job = await fleet.restore(second, target, place)
      equal(job.state, 'COMPLETE', JSON.stringify(job))
      deepEqual(listDifferences(source.source, place), [])
    },
  )

  equal(await fleet.server.end('SIGTERM'), 0)
})

type Two = { readonly first: Version; readonly second: Version }

async function lookInto(fleet: Fleet, { instanceId, source }: FleetAgent, { first, second }: Two) {
  const { api } = fleet
  const [point, before] = [second.points[0], first.points[0]]
  if (point === undefined || before === undefined) throw new Error('a version has a point')
  const path = { vaultId: second.vaultId, pointId: point.pointId }
  const top = await Array.fromAsync(api.list(routes.points.browse, { path, query: { limit: 2 } }))
  deepEqual(
    top.map(({ name, kind }) => `${name} ${kind}`),
    ['etc directory', 'fifo fifo', 'f\xff file', 'home directory', 'large file', 'private file'],
  )
  const query = { pattern: 'new *' }
  const found = await Array.fromAsync(api.list(routes.points.search, { path, query }))
  deepEqual(
    found.map((one) => one.path),
    [join(source, 'home/ada/new second')],
  )
  const since = { since: before.pointId }
  const changes = await Array.fromAsync(api.list(routes.points.diff, { path, query: since }))
  const files = changes.filter(({ before: old, after }) => (after ?? old)?.kind === 'file')
  deepEqual(files.map(({ change }) => change).toSorted(), [
    'added',
    'added',
    'added',
    'changed',
    'removed',
    'removed',
  ])
  const history = await Array.fromAsync(
    api.list(routes.points.fileHistory, {
      path: { instanceId },
      query: { path: join(source, 'home/ada/new second') },
    }),
  )
  equal(history.at(0)?.entry?.size, 5_000)
  const one = await api.stream(routes.points.download, {
    path,
    query: { path: [join(source, 'large')] },
  })
  const bytes = Buffer.concat(await Array.fromAsync(one))
  ok(bytes.equals(readFileSync(join(source, 'large'))))
  const zip = await api.stream(routes.points.download, {
    path,
    query: { path: [join(source, 'home'), join(source, 'private')], format: 'zip' },
  })
  const archive = join(fleet.folder, 'home.zip')
  writeFileSync(archive, Buffer.concat(await Array.fromAsync(zip)))
  const listed = spawnSync('/usr/bin/python3', ['-m', 'zipfile', '-t', archive], {
    encoding: 'utf8',
  })
  equal(listed.status, 0, listed.stderr)
}
