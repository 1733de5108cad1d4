/** What clients are told to do and have not accepted yet. A row goes when its client accepted or refused it. */
import type { Assignment, ClientId } from '#contract'
import { type Codec, codecOf, type JsonRecord, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { when } from '../database/search.ts'
import { countAssignment, holdChannel } from '../instances/agent-channels.ts'
import type { Job } from './jobs.ts'

export type PendingAssignment = {
  readonly clientId: ClientId
  /** Counts up per client. */
  readonly number: number
  readonly kind: Assignment['kind']
  readonly jobId: Job['id'] | null
  /** Of the job. */
  readonly attempt: number | null
  /** As it goes over the wire, without its number. */
  readonly content: JsonRecord
  readonly createdAt: number
  /** The process that got it last. */
  readonly deliveredTo: string | null
  /** Only that a job is cancelled is remembered after it was accepted, until the job has ended. */
  readonly acceptedAt: number | null
}

export type AssignmentRow = Stored<PendingAssignment, 'content', never>
const codec: Codec<PendingAssignment, 'content'> = codecOf<PendingAssignment>()(['content'])

/** Gives it the next number of its client. */
export async function addAssignment(
  trx: CatalogDb,
  draft: Omit<PendingAssignment, 'number' | 'deliveredTo' | 'acceptedAt'>,
): Promise<PendingAssignment> {
  await holdChannel(trx, draft.clientId)
  const number = await countAssignment(trx, draft.clientId)
  const added = { ...draft, number, deliveredTo: null, acceptedAt: null }
  await trx.insertInto('assignments').values(codec.toRow(added)).execute()
  return added
}

export async function listAssignments(
  db: CatalogDb,
  clientId: ClientId,
  limit: number,
): Promise<readonly PendingAssignment[]> {
  const rows = await db
    .selectFrom('assignments')
    .selectAll()
    .where('clientId', '=', clientId)
    .where('acceptedAt', 'is', null)
    .orderBy('number')
    .limit(limit)
    .execute()
  return rows.map(codec.fromRow)
}

/** One of this kind, and of this job, that was given already. */
export async function findAssignment(
  db: CatalogDb,
  of: {
    readonly clientId: ClientId
    readonly kind: Assignment['kind']
    readonly jobId?: Job['id'] | undefined
  },
): Promise<PendingAssignment | undefined> {
  const row = await db
    .selectFrom('assignments')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('clientId', '=', of.clientId),
        eb('kind', '=', of.kind),
        ...when(of.jobId, (jobId) => eb('jobId', '=', jobId)),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function markDelivered(
  db: CatalogDb,
  of: { readonly clientId: ClientId; readonly numbers: readonly number[] },
  startId: string,
): Promise<void> {
  if (of.numbers.length === 0) return
  await db
    .updateTable('assignments')
    .set({ deliveredTo: startId })
    .where('clientId', '=', of.clientId)
    .where('number', 'in', of.numbers)
    .execute()
}

/** Undefined: it is gone already, or there never was one. */
export async function removeAssignment(
  db: CatalogDb,
  clientId: ClientId,
  number: number,
): Promise<PendingAssignment | undefined> {
  const row = await db
    .deleteFrom('assignments')
    .where('clientId', '=', clientId)
    .where('number', '=', number)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function markAccepted(
  trx: CatalogDb,
  { clientId, number }: Pick<PendingAssignment, 'clientId' | 'number'>,
  now: number,
): Promise<void> {
  await trx
    .updateTable('assignments')
    .set({ acceptedAt: now })
    .where('clientId', '=', clientId)
    .where('number', '=', number)
    .execute()
}

export async function findAssignmentByNumber(
  trx: CatalogDb,
  clientId: ClientId,
  number: number,
): Promise<PendingAssignment | undefined> {
  const row = await trx
    .selectFrom('assignments')
    .selectAll()
    .where('clientId', '=', clientId)
    .where('number', '=', number)
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** The job is over: nobody needs to be told of its cancelling again, should it be taken for running once more. */
export async function forgetCancels(trx: CatalogDb, jobId: Job['id']): Promise<void> {
  await trx
    .deleteFrom('assignments')
    .where('jobId', '=', jobId)
    .where('kind', '=', 'cancel')
    .where('acceptedAt', 'is not', null)
    .execute()
}

/** Takes back that a job is to be begun. @returns whether no agent can have heard of it */
export async function removeStarts(db: CatalogDb, jobId: Job['id']): Promise<boolean> {
  const rows = await db
    .deleteFrom('assignments')
    .where('jobId', '=', jobId)
    .where('kind', 'in', ['backup', 'restore'])
    .returning('deliveredTo')
    .execute()
  return rows.length > 0 && rows.every(({ deliveredTo }) => deliveredTo === null)
}
