/** Questions for folders and their answers: of several servers over one catalog, one asks and another is answered. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { sql } from 'kysely'
import type { ClientId } from '#contract'
import { transact } from '../database/transact.ts'
import { holdChannel } from '../instances/agent-channels.ts'
import { clientDefaults } from '../instances/client-defaults.ts'
import { createClient, removeClient } from '../instances/clients.ts'
import {
  dayOne,
  jobDraft,
  minute,
  type OpenDatabase,
  regionId,
  type World,
  worldTest,
} from '../world.contract.ts'
import { addAssignment, listAssignments, markDelivered, removeAssignment } from './assignments.ts'
import {
  addFolderAnswer,
  countFolderQuestions,
  listUntoldFolderQuestions,
  removeFolderTraces,
  takeFolderAnswer,
} from './folder-answers.ts'
import { createRequestedJob } from './job-creation.ts'

async function addClient({ catalog, db, accountId, instanceId }: World): Promise<ClientId> {
  const id = catalog.newId('client')
  const at = { createdAt: dayOne, updatedAt: dayOne }
  await createClient(db, {
    ...clientDefaults,
    ...at,
    id,
    accountId,
    regionId,
    instanceId,
    settings: {},
  })
  await holdChannel(db, id)
  return id
}

export function folderAnswersContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)
  inWorld(
    'a folder is asked for at one server, and what another hears of it is taken once',
    answersFromAnotherServer,
  )
  inWorld(
    'assignments that wait outlive the step to a catalog that knows of folders',
    outlivesTheStep,
  )
  inWorld('what nobody fetches goes, and other assignments stay', clearsWhatNobodyFetches)
}

async function answersFromAnotherServer(world: World): Promise<void> {
  await using other = await world.openAnother()
  const clientId = await addClient(world)
  const kind = 'list-folder' as const
  const content = { kind, path: '/srv' }
  const head = { clientId, kind, jobId: null, attempt: null, createdAt: dayOne }
  const { number } = await transact(world.db, (trx) => addAssignment(trx, { ...head, content }))
  deepEqual(await listUntoldFolderQuestions(other.db, dayOne), [world.instanceId])
  deepEqual(await listUntoldFolderQuestions(other.db, dayOne + 1), [])
  equal(await countFolderQuestions(other.db, clientId, dayOne), 1)
  await markDelivered(other.db, { clientId, numbers: [number] }, 'start')
  deepEqual(await listUntoldFolderQuestions(other.db, dayOne), [])
  const answer = { kind: 'names', names: ['a', 'hex:ff'], isWhole: true }
  await transact(other.db, async (trx) => {
    ok(await removeAssignment(trx, clientId, number))
    await addFolderAnswer(trx, { clientId, number, answer, createdAt: dayOne })
  })
  equal(await countFolderQuestions(world.db, clientId, dayOne), 0)
  const asked = { clientId, number }
  const taken = await Promise.all([
    takeFolderAnswer(world.db, asked),
    takeFolderAnswer(other.db, asked),
  ])
  deepEqual(
    taken.filter((one) => one !== undefined),
    [answer],
  )
}

async function outlivesTheStep(world: World): Promise<void> {
  const { db } = world
  const clientId = await addClient(world)
  const head = { clientId, attempt: null, createdAt: dayOne }
  const { id: jobId } = (await createRequestedJob(db, jobDraft(world))).job
  const cancel = { kind: 'cancel', jobId } as const
  await addAssignment(db, { ...head, ...cancel, content: cancel })
  const facts = { kind: 'report-facts' } as const
  await addAssignment(db, { ...head, ...facts, jobId: null, content: facts })
  await markDelivered(db, { clientId, numbers: [1] }, 'start')
  const before = await listAssignments(db, clientId, 10)
  await sql`drop table folder_answers`.execute(db)
  await sql`delete from schema_migrations where number = 13`.execute(db)
  await using later = await world.openAnother()
  deepEqual(await listAssignments(later.db, clientId, 10), before)
  equal(
    (await addAssignment(later.db, { ...head, ...facts, jobId: null, content: facts })).number,
    3,
  )
  equal(await removeClient(later.db, clientId, dayOne), 'removed')
  deepEqual(await listAssignments(later.db, clientId, 10), [])
}

async function clearsWhatNobodyFetches(world: World): Promise<void> {
  const { db } = world
  const clientId = await addClient(world)
  const rest = { clientId, jobId: null, attempt: null, createdAt: dayOne }
  for (const kind of ['list-folder', 'report-facts'] as const) {
    await addAssignment(db, { ...rest, kind, content: { kind } })
  }
  const answer = { clientId, number: 9, answer: {}, createdAt: dayOne }
  await addFolderAnswer(db, answer)
  await removeFolderTraces(db, dayOne)
  ok(await takeFolderAnswer(db, answer))
  await addFolderAnswer(db, answer)
  await removeFolderTraces(db, dayOne + minute)
  equal(await takeFolderAnswer(db, answer), undefined)
  const left = await db.selectFrom('assignments').select('kind').execute()
  deepEqual(left, [{ kind: 'report-facts' }])
}
