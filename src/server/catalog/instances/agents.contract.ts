/** What both databases promise about the channel to agents: numbers, leases over restarts, versions that are not whole. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { ClientId, JobId, VersionId } from '#contract'
import { transact } from '../database/transact.ts'
import {
  addAssignment,
  findAssignment,
  listAssignments,
  markDelivered,
  removeAssignment,
  removeStarts,
} from '../jobs/assignments.ts'
import { createRequestedJob } from '../jobs/job-creation.ts'
import { cancelJob, takeJob } from '../jobs/job-leases.ts'
import { adoptJobs, listOpenJobs, renewLeases } from '../jobs/job-takes.ts'
import { findJob, type JobSort, listJobs } from '../jobs/jobs.ts'
import { fillPoints } from '../vaults/fill-points.ts'
import { findVersion } from '../vaults/points.ts'
import { closeVersionGap, openVersionGap } from '../vaults/version-gaps.ts'
import {
  addInstance,
  dayOne,
  hour,
  jobDraft,
  minute,
  type OpenDatabase,
  pointOf,
  regionId,
  type World,
  worldTest,
} from '../world.contract.ts'
import {
  findAgentChannel,
  findSpeaker,
  type HeardNumbers,
  holdChannel,
  updateChannel,
} from './agent-channels.ts'
import { clientDefaults } from './client-defaults.ts'
import { createClient, findClientByIdentity, recordContacts } from './clients.ts'

async function addClient(world: World, instanceId = world.instanceId): Promise<ClientId> {
  const id = world.catalog.newId('client')
  const isNew = await createClient(world.db, {
    ...clientDefaults,
    id,
    accountId: world.accountId,
    regionId,
    instanceId,
    status: 'ACTIVATED',
    version: '0.1.0',
    identity: Uint8Array.from(Buffer.from(id)),
    settings: {},
    createdAt: dayOne,
    updatedAt: dayOne,
  })
  ok(isNew)
  return id
}

type InWorld = ReturnType<typeof worldTest>

export function agentsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)
  describeAssignments(inWorld)
  describeClients(inWorld)
  describeLeases(inWorld)
  describeVersions(inWorld)
}

function describeAssignments(inWorld: InWorld): void {
  inWorld('assignments count up per client, also when two servers give them', async (world) => {
    await using other = await world.openAnother()
    const clientId = await addClient(world)
    const draft = {
      clientId,
      kind: 'cancel',
      jobId: null,
      attempt: null,
      content: { kind: 'cancel' },
      createdAt: dayOne,
    } as const
    const added = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        transact(at % 2 === 0 ? world.db : other.db, (trx) => addAssignment(trx, draft)),
      ),
    )
    const numbers = added.map(({ number }) => number).toSorted((a, b) => a - b)
    deepEqual(
      numbers,
      Array.from({ length: 12 }, (_, at) => at + 1),
    )
    await markDelivered(world.db, { clientId, numbers: [1, 2] }, 'start')
    const listed = await listAssignments(world.db, clientId, 3)
    deepEqual(
      listed.map(({ number, deliveredTo }) => [number, deliveredTo]),
      [
        [1, 'start'],
        [2, 'start'],
        [3, null],
      ],
    )
    equal((await removeAssignment(world.db, clientId, 1))?.number, 1)
    equal(await removeAssignment(world.db, clientId, 1), undefined)
    ok(await findAssignment(world.db, { clientId, kind: 'cancel' }))
  })

  inWorld('a start that was delivered is not taken back unheard', async (world) => {
    const clientId = await addClient(world)
    const { job } = await createRequestedJob(world.db, jobDraft(world))
    const start = { clientId, kind: 'backup', jobId: job.id, attempt: 1, content: {} } as const
    await addAssignment(world.db, { ...start, createdAt: dayOne })
    equal(await removeStarts(world.db, job.id), true)
    const again = await addAssignment(world.db, { ...start, createdAt: dayOne })
    await markDelivered(world.db, { clientId, numbers: [again.number] }, 'start')
    equal(await removeStarts(world.db, job.id), false)
    equal(await removeStarts(world.db, job.id), false)
  })
}

function describeClients(inWorld: InWorld): void {
  inWorld('a channel keeps what it is told, and a speaker is found with it', async (world) => {
    const clientId = await addClient(world)
    deepEqual((await findSpeaker(world.db, clientId))?.formerStarts, [])
    const fresh = await holdChannel(world.db, clientId)
    const heard: HeardNumbers = { highest: 9, gaps: [[3, 4]] }
    await updateChannel(world.db, clientId, { heard, startId: 'b', formerStarts: ['a'] })
    deepEqual(await holdChannel(world.db, clientId), {
      ...fresh,
      heard,
      startId: 'b',
      formerStarts: ['a'],
    })
    const speaker = await findSpeaker(world.db, clientId)
    deepEqual(
      [speaker?.instanceName, speaker?.startId, speaker?.formerStarts, speaker?.startedAt],
      ['web-1', 'b', ['a'], 0],
    )
  })

  inWorld('a next identity replaces the old one when it is first shown', async (world) => {
    const clientId = await addClient(world)
    const old = Uint8Array.from(Buffer.from(clientId))
    const next = Uint8Array.of(1, 2, 3)
    await holdChannel(world.db, clientId)
    await updateChannel(world.db, clientId, { nextIdentity: next, nextIdentityUntil: dayOne })
    equal((await findClientByIdentity(world.db, old))?.id, clientId)
    equal((await findClientByIdentity(world.db, next))?.identityUntil, dayOne)
    equal(await findClientByIdentity(world.db, old), undefined)
    equal((await findClientByIdentity(world.db, next))?.id, clientId)
    equal((await findAgentChannel(world.db, clientId))?.nextIdentity, null)
  })

  inWorld('contacts of more clients than one transaction takes are all written', async (world) => {
    const ids: ClientId[] = []
    for (let at = 0; at < 250; at++) {
      const { id } = await addInstance(world.catalog, world.accountId, { name: `host-${at}` })
      ids.push(await addClient(world, id))
    }
    const contacts = ids.map((clientId) => ({
      clientId,
      process: 'p',
      version: '1',
      heardAt: dayOne,
    }))
    await recordContacts(world.db, contacts.toReversed())
    const silent = await world.db
      .selectFrom('clients')
      .select('id')
      .where('heardAt', 'is', null)
      .execute()
    deepEqual(silent, [])
  })
}

function describeLeases(inWorld: InWorld): void {
  inWorld(
    'a lease that ended is its holder’s again until somebody takes it (D5)',
    async (world) => {
      const { instanceId } = world
      const { job } = await createRequestedJob(world.db, jobDraft(world))
      const leaseUntil = dayOne + minute
      await takeJob(world.db, { instanceId, holder: 'a', now: dayOne, leaseUntil })
      const renewal = {
        instanceId,
        holder: 'a',
        jobIds: [job.id],
        now: dayOne + hour,
        leaseUntil: dayOne + 2 * hour,
        cancelledBefore: 0,
      }
      deepEqual(await renewLeases(world.db, { ...renewal, holder: 'b' }), [])
      deepEqual(await renewLeases(world.db, renewal), [job.id])
      equal((await findJob(world.db, job.id))?.leaseUntil, dayOne + 2 * hour)
      await cancelJob(world.db, job.id, { userId: null, now: dayOne + hour })
      const late = { ...renewal, leaseUntil: dayOne + 9 * hour, cancelledBefore: dayOne + 2 * hour }
      deepEqual(await renewLeases(world.db, late), [job.id])
      equal((await findJob(world.db, job.id))?.leaseUntil, dayOne + 2 * hour)
    },
  )

  inWorld(
    'a new process takes over what it says it works at; the rest is free (D5)',
    async (world) => {
      const { instanceId } = world
      const drafts = [jobDraft(world, { planId: null }), jobDraft(world, { planId: null })]
      const jobs: JobId[] = []
      for (const draft of drafts) {
        const { job } = await createRequestedJob(world.db, draft)
        await takeJob(world.db, { instanceId, holder: 'a', now: dayOne, leaseUntil: dayOne + hour })
        jobs.push(job.id as JobId)
      }
      const [kept, left] = jobs
      ok(kept && left)
      const adoption = { instanceId, holder: 'b', now: dayOne + minute, leaseUntil: dayOne + hour }
      await adoptJobs(world.db, { ...adoption, running: [kept] })
      const byId = async () => {
        const open = await listOpenJobs(world.db, instanceId)
        return new Map(open.map((job) => [job.id, [job.holder, job.leaseUntil, job.attempt]]))
      }
      deepEqual((await byId()).get(kept), ['b', dayOne + hour, 1])
      deepEqual((await byId()).get(left), ['a', dayOne + minute, 1])
      await adoptJobs(world.db, { ...adoption, holder: 'c', running: [] })
      deepEqual((await byId()).get(kept), ['b', dayOne + minute, 1])
      await adoptJobs(world.db, { ...adoption, holder: 'd', running: undefined })
      deepEqual((await byId()).get(left), ['d', dayOne + hour, 1])
    },
  )
}

function describeVersions(inWorld: InWorld): void {
  inWorld(
    'a version with a gap is partial at most, however often it is filled (D4)',
    async (world) => {
      const versionId: VersionId = world.catalog.newId('version')
      const jobId: JobId = world.catalog.newId('job')
      const { vaultId, accountId } = world
      const gap = { vaultId, versionId, jobId }
      await openVersionGap(world.db, gap)
      await openVersionGap(world.db, gap)
      const fill = async (sequence: number) => {
        const points = [pointOf(world, sequence, { versionId })]
        const name = `reading ${sequence}`
        await fillPoints(world.db, {
          vaultId,
          accountId,
          regionId,
          now: dayOne,
          name,
          points,
          completeUpTo: null,
        })
        return (await findVersion(world.db, vaultId, versionId))?.status
      }
      equal(await fill(1), 'partial')
      equal(await fill(2), 'partial')
      await closeVersionGap(world.db, gap)
      equal((await findVersion(world.db, vaultId, versionId))?.status, 'complete')
      equal(await fill(3), 'complete')
    },
  )

  inWorld('jobs are listed by times that some of them lack, in pages', async (world) => {
    const { accountId, instanceId } = world
    const made: string[] = []
    for (let at = 0; at < 5; at++) {
      const draft = jobDraft(world, { planId: null, createdAt: dayOne + at * minute })
      const { job } = await createRequestedJob(world.db, draft)
      made.push(job.id)
    }
    const sorts: readonly JobSort[] = ['dueAt', 'finishedAt', '-dueAt', '-finishedAt']
    for (const sort of sorts) {
      const filter = { accountId, instanceId, trigger: 'MANUAL' } as const
      const first = await listJobs(world.db, filter, { limit: 2, sort })
      const rest = await listJobs(world.db, filter, { limit: 9, sort, cursor: first.next })
      const found = [...first.items, ...rest.items].map(({ id }) => id)
      deepEqual(found, sort.startsWith('-') ? made.toReversed() : made, sort)
    }
  })
}
