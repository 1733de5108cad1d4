// A dry run tells what a restore would do to the target as it is now, and leaves it as it is.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ConflictRule, type ReportList, type RestoreJobId, routes } from '#contract'
import { Fleet, type FleetAgent, needsRoot } from './world.ts'

test('F4: a dry run counts and names what would be replaced, and changes nothing', {
  skip: needsRoot,
}, async (t) => {
  await using fleet = await Fleet.open()
  // The agent sees what was mounted when it began.
  using small = new SmallDisk(join(fleet.folder, 'small'))
  const agent = await fleet.addAgent('web', {
    fill,
    policy: { allow: { overwriteInPlace: true } },
  })
  equal((await fleet.firstJob(agent)).state, 'COMPLETE')
  const { source } = agent
  writeFileSync(join(source, 'changed'), 'written after the backup')
  rmSync(join(source, 'folder/deleted'))
  rmSync(join(source, 'folder/deleted too'))
  const before = stateOf(source)

  await t.test('overwrite', async () => {
    const job = await look(fleet, agent, { conflict: 'overwrite' })
    equal(job.state, 'COMPLETE', JSON.stringify(job))
    equal(job.dryRun, true)
    const { freeBytes = 0, ...totals } = job.totals ?? {}
    ok(freeBytes > 1e6, `${freeBytes} bytes are free`)
    deepEqual(totals, {
      files: 6,
      bytes: 3_000 + 4_000 + 5 + 6,
      // Of a file of two names the content is written once.
      written: 3,
      writtenBytes: 3_000 + 4_000,
      overwritten: 1,
      kept: 0,
      unchanged: 3,
    })
    deepEqual(await listed(fleet, job.restoreJobId, 'overwritten'), [join(source, 'changed')])
    equal(stateOf(source), before)
  })

  await t.test('skip', async () => {
    const job = await look(fleet, agent, { conflict: 'skip' })
    equal(job.totals?.overwritten, 0)
    equal(job.totals?.kept, 1)
    equal(job.totals?.written, 2)
    deepEqual(await listed(fleet, job.restoreJobId, 'skipped'), [join(source, 'changed')])
    equal(stateOf(source), before)
  })

  await t.test('into a folder that is not there (F3)', async () => {
    const targetPath = join(fleet.folder, 'nowhere')
    const job = await look(fleet, agent, { conflict: 'skip', targetPath })
    equal(job.state, 'FAILED')
    equal(job.problem?.code, 'target.not-found')
    equal(
      execFileSync('find', [fleet.folder, '-maxdepth', '1', '-name', 'nowhere'], {
        encoding: 'utf8',
      }),
      '',
    )
  })

  await t.test('into a folder without room for it: that is said before (F4)', async () => {
    const { totals } = await look(fleet, agent, { conflict: 'skip', targetPath: small.folder })
    deepEqual([totals?.freeBytes, totals?.writtenBytes], [4_096, 3_000 + 4_000 + 5 + 6])
  })

  await t.test(
    'a directory that is in the way is told once, and so it is by the restore (F7)',
    async () => {
      renameSync(join(source, 'changed'), join(source, 'aside'))
      mkdirSync(join(source, 'changed'))
      for (const dryRun of [true, false]) {
        const job = await look(fleet, agent, { conflict: 'overwrite', dryRun })
        equal(job.state, 'PARTIAL_COMPLETE', JSON.stringify(job))
        deepEqual(job.counts, { failed: 1, skipped: 0, inconsistent: 0 })
        deepEqual(await listed(fleet, job.restoreJobId, 'failed'), [join(source, 'changed')])
      }
      rmSync(join(source, 'changed'), { recursive: true })
      renameSync(join(source, 'aside'), join(source, 'changed'))
    },
  )

  await t.test('the restore does what was foretold, and says so', async () => {
    rmSync(join(source, 'folder'), { recursive: true })
    const foretold = await look(fleet, agent, { conflict: 'overwrite' })
    const job = await look(fleet, agent, { conflict: 'overwrite', dryRun: false })
    equal(job.state, 'COMPLETE', JSON.stringify(job))
    equal(job.dryRun, false)
    const { freeBytes: _, ...totals } = foretold.totals ?? {}
    deepEqual(job.totals, totals)
    equal(job.totals?.overwritten, 1)
    deepEqual(await listed(fleet, job.restoreJobId, 'overwritten'), [join(source, 'changed')])
    equal(execFileSync('cat', [join(source, 'changed')], { encoding: 'utf8' }), 'a'.repeat(3_000))
  })

  await t.test('lists tell both kinds apart', async () => {
    const all = await Array.fromAsync(fleet.api.list(routes.restoreJobs.list, {}))
    for (const dryRun of [true, false]) {
      const some = await Array.fromAsync(
        fleet.api.list(routes.restoreJobs.list, { query: { dryRun } }),
      )
      deepEqual(
        some,
        all.filter((job) => job.dryRun === dryRun),
      )
      ok(some.length > 0)
    }
  })
})

/** Room for one page. */
class SmallDisk implements Disposable {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'holdfast-test', folder])
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.folder])
  }
}

function fill(folder: string): void {
  mkdirSync(join(folder, 'folder'))
  writeFileSync(join(folder, 'changed'), 'a'.repeat(3_000))
  writeFileSync(join(folder, 'folder/deleted'), 'b'.repeat(4_000))
  linkSync(join(folder, 'folder/deleted'), join(folder, 'folder/deleted too'))
  writeFileSync(join(folder, 'folder/same'), 'five.')
  writeFileSync(join(folder, 'same'), 'equal.')
  linkSync(join(folder, 'same'), join(folder, 'same too'))
}

/** Everything about it that a restore could change. */
function stateOf(folder: string): string {
  const facts = execFileSync('find', [folder, '-printf', '%p %y %m %u %g %s %T@ %C@ %i\\n'], {
    encoding: 'utf8',
  })
  return facts.split('\n').toSorted().join('\n')
}

type Choice = {
  readonly conflict: ConflictRule
  readonly targetPath?: string
  readonly dryRun?: boolean
}

async function look(fleet: Fleet, agent: FleetAgent, { dryRun = true, ...choice }: Choice) {
  const [version] = await fleet.versions(agent)
  if (version === undefined) throw new Error('there is a version')
  const { vaultId, points } = version
  const { restoreJobId } = await fleet.api.call(routes.restoreJobs.create, {
    body: { vaultId, pointIds: points.map(({ pointId }) => pointId), ...choice, dryRun },
  })
  return await fleet.restoreOver(restoreJobId)
}

async function listed(fleet: Fleet, restoreJobId: RestoreJobId, reportList: ReportList) {
  const path = { restoreJobId, reportList }
  const lines = await Array.fromAsync(fleet.api.list(routes.restoreJobs.report, { path }))
  return lines.map((line) => line.path)
}
