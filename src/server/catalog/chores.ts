/** Work that one server of many does at its time: who takes it has it for a while, and when it dies another has it then. */
import type { CatalogDb } from './database/open-catalog.ts'

export type Chore = {
  readonly name: string
  readonly dueAt: number
  /** Somebody is at it until then; null: nobody. */
  readonly heldUntil: number | null
  readonly doneAt: number | null
  /** What became of the last try; null: it went well. */
  readonly problem: string | null
}

/** Makes those that are not known yet; the others stay as they are. */
export async function addChores(
  db: CatalogDb,
  chores: readonly Pick<Chore, 'name' | 'dueAt'>[],
): Promise<void> {
  if (chores.length === 0) return
  await db
    .insertInto('chores')
    .values(chores.map((chore) => ({ ...chore, heldUntil: null, doneAt: null, problem: null })))
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}

/** A chore that is due, the longest due first, now the caller's until `heldUntil`; undefined: none is, or others have them. */
export async function takeChore(
  db: CatalogDb,
  take: { readonly prefix: string; readonly now: number; readonly heldUntil: number },
): Promise<Chore | undefined> {
  const due = await db
    .selectFrom('chores')
    .selectAll()
    .where('name', '>=', take.prefix)
    .where('name', '<', `${take.prefix}\u{10ffff}`)
    .where('dueAt', '<=', take.now)
    .where((eb) => eb.or([eb('heldUntil', 'is', null), eb('heldUntil', '<=', take.now)]))
    .orderBy('dueAt')
    .orderBy('name')
    .limit(1)
    .executeTakeFirst()
  if (due === undefined) return undefined
  const { heldUntil } = due
  return await db
    .updateTable('chores')
    .set({ heldUntil: take.heldUntil })
    .where('name', '=', due.name)
    .where('dueAt', '=', due.dueAt)
    .where((eb) =>
      heldUntil === null ? eb('heldUntil', 'is', null) : eb('heldUntil', '=', heldUntil),
    )
    .returningAll()
    .executeTakeFirst()
}

/** The chore is done, or failed, and due again at `dueAt`; an earlier time that was asked for meanwhile stays. */
export async function finishChore(
  db: CatalogDb,
  of: Pick<Chore, 'name' | 'dueAt'>,
  end: { readonly now: number; readonly nextDueAt: number; readonly problem: string | null },
): Promise<void> {
  await db
    .updateTable('chores')
    .set((eb) => ({
      heldUntil: null,
      dueAt: eb.case().when('dueAt', '=', of.dueAt).then(end.nextDueAt).else(eb.ref('dueAt')).end(),
      problem: end.problem,
      ...(end.problem === null ? { doneAt: end.now } : {}),
    }))
    .where('name', '=', of.name)
    .execute()
}

/** Wants it done at `dueAt` at the latest; what is being done now began too early for it. */
export async function hurryChore(db: CatalogDb, name: string, dueAt: number): Promise<void> {
  await addChores(db, [{ name, dueAt }])
  await db
    .updateTable('chores')
    .set({ dueAt })
    .where('name', '=', name)
    .where((eb) => eb.or([eb('dueAt', '>', dueAt), eb('heldUntil', 'is not', null)]))
    .execute()
}

export async function listChores(db: CatalogDb, prefix: string): Promise<readonly Chore[]> {
  return await db
    .selectFrom('chores')
    .selectAll()
    .where('name', '>=', prefix)
    .where('name', '<', `${prefix}\u{10ffff}`)
    .orderBy('name')
    .execute()
}

/** Those of these names that there are. */
export async function findChores(
  db: CatalogDb,
  names: readonly string[],
): Promise<ReadonlyMap<string, Chore>> {
  if (names.length === 0) return new Map()
  const rows = await db.selectFrom('chores').selectAll().where('name', 'in', names).execute()
  return new Map(rows.map((chore) => [chore.name, chore]))
}

/** Whoever is at it is still at it. */
export async function holdChore(db: CatalogDb, name: string, heldUntil: number): Promise<void> {
  await db
    .updateTable('chores')
    .set({ heldUntil })
    .where('name', '=', name)
    .where('heldUntil', 'is not', null)
    .execute()
}

/** What it was about is gone. */
export async function removeChore(db: CatalogDb, name: string): Promise<void> {
  await db.deleteFrom('chores').where('name', '=', name).execute()
}
