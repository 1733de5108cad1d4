/** What one person is told by mail, and nobody else: an outbox like that of alerts. */
import type { AccountId, UserId } from '#contract'
import { type Codec, codecOf, type JsonRecord, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'

export type PersonalNotice = {
  readonly id: string
  readonly accountId: AccountId
  readonly userId: UserId
  /** What it is about: a second one of the same topic is not kept. */
  readonly topic: string
  readonly facts: JsonRecord
  readonly createdAt: number
  /** Null: nothing more will be tried. */
  readonly dueAt: number | null
  readonly attempts: number
  readonly deliveredAt: number | null
  readonly problem: string | null
}

export type PersonalNoticeRow = Stored<PersonalNotice, 'facts', never>
const codec: Codec<PersonalNotice, 'facts'> = codecOf<PersonalNotice>()(['facts'])

export async function addPersonalNotice(
  db: CatalogDb,
  notice: Omit<PersonalNotice, 'attempts' | 'deliveredAt' | 'problem'>,
): Promise<void> {
  await db
    .insertInto('personalNotices')
    .values(codec.toRow({ ...notice, attempts: 0, deliveredAt: null, problem: null }))
    .onConflict((conflict) => conflict.column('topic').doNothing())
    .execute()
}

/** Those that are due, this server's until `nextTryAt`; see `takeDeliveries`. */
export async function takePersonalNotices(
  db: CatalogDb,
  times: { readonly now: number; readonly nextTryAt: number; readonly limit: number },
): Promise<readonly PersonalNotice[]> {
  const due = await db
    .selectFrom('personalNotices')
    .select(['id', 'attempts'])
    .where('dueAt', '<=', times.now)
    .orderBy('dueAt')
    .limit(times.limit)
    .execute()
  const taken: PersonalNotice[] = []
  for (const { id, attempts } of due) {
    const row = await db
      .updateTable('personalNotices')
      .set({ dueAt: times.nextTryAt, attempts: attempts + 1 })
      .where('id', '=', id)
      .where('attempts', '=', attempts)
      .returningAll()
      .executeTakeFirst()
    if (row !== undefined) taken.push(codec.fromRow(row))
  }
  return taken
}

export async function updatePersonalNotice(
  db: CatalogDb,
  id: string,
  change: Partial<Pick<PersonalNotice, 'dueAt' | 'deliveredAt' | 'problem'>>,
): Promise<void> {
  await db.updateTable('personalNotices').set(change).where('id', '=', id).execute()
}
