/**
 * Folders that somebody waits to see: the question is an assignment of its client, the answer a row that whoever asked
 * takes away. Neither is of use after some seconds.
 */
import type { ClientId, InstanceId } from '#contract'
import { type Codec, codecOf, type JsonRecord, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'

export type FolderAnswer = {
  readonly clientId: ClientId
  /** Of the assignment. */
  readonly number: number
  readonly answer: JsonRecord
  readonly createdAt: number
}

export type FolderAnswerRow = Stored<FolderAnswer, 'answer', never>
const codec: Codec<FolderAnswer, 'answer'> = codecOf<FolderAnswer>()(['answer'])

const kind = 'list-folder'

export async function addFolderAnswer(trx: CatalogDb, answer: FolderAnswer): Promise<void> {
  await trx.insertInto('folderAnswers').values(codec.toRow(answer)).execute()
}

/** Gone afterwards: what a machine said of itself is kept no longer than it is waited for. */
export async function takeFolderAnswer(
  db: CatalogDb,
  { clientId, number }: Pick<FolderAnswer, 'clientId' | 'number'>,
): Promise<JsonRecord | undefined> {
  const row = await db
    .deleteFrom('folderAnswers')
    .where('clientId', '=', clientId)
    .where('number', '=', number)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row).answer
}

/** How many questions of the client are open, whoever asked them. */
export async function countFolderQuestions(
  trx: CatalogDb,
  clientId: ClientId,
  since: number,
): Promise<number> {
  const { count } = await trx
    .selectFrom('assignments')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('clientId', '=', clientId)
    .where('kind', '=', kind)
    .where('createdAt', '>=', since)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Instances whose clients were asked since an instant and have not been told yet. */
export async function listUntoldFolderQuestions(
  db: CatalogDb,
  since: number,
): Promise<readonly InstanceId[]> {
  const rows = await db
    .selectFrom('assignments')
    .innerJoin('clients', 'clients.id', 'assignments.clientId')
    .select('clients.instanceId')
    .distinct()
    .where('assignments.kind', '=', kind)
    .where('assignments.createdAt', '>=', since)
    .where('assignments.deliveredTo', 'is', null)
    .execute()
  return rows.map(({ instanceId }) => instanceId)
}

/** What the process that asked did not take back: it fell. */
export async function removeFolderTraces(db: CatalogDb, before: number): Promise<void> {
  await db.deleteFrom('folderAnswers').where('createdAt', '<', before).execute()
  await db
    .deleteFrom('assignments')
    .where('kind', '=', kind)
    .where('createdAt', '<', before)
    .execute()
}
