/** Lists: pages, order, filters, search. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import type { Page } from './database/page.ts'
import {
  countInstances,
  type Instance,
  listInstances,
  putInstance,
  updateInstance,
} from './instances/instances.ts'
import { createRequestedJob, recordSkippedRun } from './jobs/job-creation.ts'
import { addJobFiles, countJobFiles, type JobFile, listJobFiles } from './jobs/job-files.ts'
import { cancelJob } from './jobs/job-leases.ts'
import { countJobs, listJobs, listLatestJobs } from './jobs/jobs.ts'
import {
  addAccount,
  addInstance,
  dayOne,
  dueDraft,
  hour,
  jobDraft,
  type OpenDatabase,
  worldTest,
} from './world.contract.ts'

export function listsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)

  inWorld('pages in every order hold every instance once, equals too', async (world) => {
    for (let at = 0; at < 9; at++) {
      const facts = { name: `n-${at % 3}`, blockBytes: at % 2, createdAt: dayOne - at }
      await addInstance(world.catalog, world.accountId, facts)
    }
    for (const sort of ['name', '-name', 'createdAt', '-createdAt', '-blockBytes'] as const) {
      const found = await readAll((cursor) =>
        listInstances(world.db, { accountId: world.accountId }, { limit: 3, cursor, sort }),
      )
      equal(new Set(found.map(({ id }) => id)).size, 10, sort)
      const key = sort.startsWith('-') ? sort.slice(1) : sort
      const values = found.map((instance) => Reflect.get(instance, key))
      const ascending = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)))
      deepEqual(values, sort.startsWith('-') ? ascending.toReversed() : ascending, sort)
    }
  })

  inWorld('a page is not disturbed by what comes and goes between pages', async (world) => {
    const filter = { accountId: world.accountId }
    const names = ['b', 'd', 'f', 'h']
    for (const each of names) await addInstance(world.catalog, world.accountId, { name: each })
    const first = await listInstances(world.db, filter, { limit: 2 })
    deepEqual(namesOf(first.items), ['b', 'd'])
    await addInstance(world.catalog, world.accountId, { name: 'a' })
    await addInstance(world.catalog, world.accountId, { name: 'g' })
    const second = await listInstances(world.db, filter, { limit: 9, cursor: first.next })
    deepEqual(namesOf(second.items), ['f', 'g', 'h', 'web-1'])
    equal(second.next, undefined)
  })

  inWorld(
    'a cursor of another list, order or account, or none at all, is refused',
    async (world) => {
      await addInstance(world.catalog, world.accountId, { name: 'two' })
      const filter = { accountId: world.accountId }
      const { next } = await listInstances(world.db, filter, { limit: 1 })
      ok(next !== undefined && /^[A-Za-z0-9_-]{1,1024}$/.test(next))
      const others = [
        listInstances(world.db, filter, { limit: 1, cursor: next, sort: '-name' }),
        listInstances(world.db, { ...filter, search: 'x' }, { limit: 1, cursor: next }),
        listJobs(world.db, filter, { limit: 1, cursor: next }),
        listInstances(world.db, filter, { limit: 1, cursor: 'garbage' }),
        listInstances(world.db, filter, {
          limit: 1,
          cursor: Buffer.from('[1]').toString('base64url'),
        }),
      ]
      for (const other of others) await rejects(other, { code: 'page.cursor-refused' })
    },
  )

  inWorld(
    'search looks into names and addresses, and takes no sign for a pattern',
    async (world) => {
      const facts = [
        { name: 'Datenbank-Köln', addresses: ['10.0.0.7'] },
        { name: 'disk_100%', addresses: ['fe80::7'] },
        { name: 'диск', hostName: 'BACK\\SLASH' },
      ]
      for (const each of facts) await addInstance(world.catalog, world.accountId, each)
      const search = async (text: string) => {
        const filter = { accountId: world.accountId, search: text }
        return namesOf((await listInstances(world.db, filter, { limit: 10 })).items)
      }
      deepEqual(await search('KÖLN'), ['Datenbank-Köln'])
      deepEqual(await search('ДИСК'), ['диск'])
      deepEqual(await search('0%'), ['disk_100%'])
      deepEqual(await search('_'), ['disk_100%'])
      deepEqual(await search('back\\s'), ['диск'])
      deepEqual(await search('0.0.7'), ['Datenbank-Köln'])
      deepEqual(await search(`'; drop table instances; --`), [])
    },
  )

  inWorld('filters narrow, other accounts are not seen (A22)', async (world) => {
    const other = await addAccount(world.catalog, 'second')
    await addInstance(world.catalog, other, { name: 'theirs', tags: { team: 'red' } })
    const tagged = await addInstance(world.catalog, world.accountId, {
      name: 'ours',
      tags: { team: 'red', tier: '1' },
      method: 'policy',
    })
    const { accountId } = world
    const names = async (filter: object) =>
      namesOf((await listInstances(world.db, { accountId, ...filter }, { limit: 10 })).items)
    deepEqual(await names({}), ['ours', 'web-1'])
    deepEqual(await names({ tag: { name: 'team', value: 'red' } }), ['ours'])
    deepEqual(await names({ tag: { name: 'tier' } }), ['ours'])
    deepEqual(await names({ methods: ['policy'] }), ['ours'])
    deepEqual(await names({ hasVersions: true }), [])
    equal(await countInstances(world.db, { accountId, hasVersions: false }), 2)
    await putInstance(world.db, { ...tagged, tags: {} })
    deepEqual(await names({ tag: { name: 'team' } }), [])
  })

  inWorld('changes of different fields of an instance at once are both kept', async (world) => {
    await using other = await world.openAnother()
    await Promise.all([
      updateInstance(world.db, world.instanceId, { name: 'renamed' }),
      updateInstance(other.db, world.instanceId, { tags: { a: 'b' } }),
    ])
    const [found] = (await listInstances(world.db, { accountId: world.accountId }, { limit: 1 }))
      .items
    deepEqual([found?.name, found?.tags], ['renamed', { a: 'b' }])
  })

  inWorld(
    'jobs are listed, counted and filtered; the latest of an instance is known',
    async (world) => {
      for (let day = 0; day < 4; day++) {
        await recordSkippedRun(world.db, dueDraft(world, dayOne + day * hour), 'PAUSED')
      }
      const { job } = await createRequestedJob(
        world.db,
        jobDraft(world, { createdAt: dayOne + 9 * hour }),
      )
      await cancelJob(world.db, job.id, { userId: null, now: dayOne + 9 * hour })
      const filter = { accountId: world.accountId }
      deepEqual(await countJobs(world.db, filter), [
        { state: 'CANCELED', jobs: 1 },
        { state: 'SKIPPED', jobs: 4 },
      ])
      const all = await readAll((cursor) => listJobs(world.db, filter, { limit: 2, cursor }))
      equal(all.length, 5)
      equal(all[0]?.id, job.id)
      const some = { ...filter, states: ['SKIPPED'], createdFrom: dayOne + hour } as const
      const skipped = await listJobs(world.db, { ...some, search: 'WEB' }, { limit: 9 })
      equal(skipped.items.length, 3)
      const latest = await listLatestJobs(world.db, 'BACKUP', [world.instanceId])
      equal(latest.get(world.instanceId)?.id, job.id)
    },
  )

  inWorld('a report that is sent twice is stored once, and read in pages (D6)', async (world) => {
    const { job } = await createRequestedJob(world.db, jobDraft(world))
    const files = Array.from(
      { length: 1200 },
      (_, number): JobFile => ({
        jobId: job.id,
        list: number % 3 === 0 ? 'failed' : 'inconsistent',
        number,
        path: `/data/${number}`,
        reason: 'denied',
        detail: 'Permission denied',
      }),
    )
    await addJobFiles(world.db, files.slice(0, 700))
    await addJobFiles(world.db, files)
    deepEqual(Object.values(await countJobFiles(world.db, job.id)), [400, 0, 800, 0])
    const of = { jobId: job.id, list: 'failed' } as const
    const read = await readAll((cursor) => listJobFiles(world.db, of, { limit: 150, cursor }))
    deepEqual(
      read,
      files.filter(({ list }) => list === 'failed'),
    )
  })
}

async function readAll<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    items.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}

function namesOf(instances: readonly Instance[]): readonly string[] {
  return instances.map(({ name }) => name)
}
