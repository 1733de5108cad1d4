/** What objects of an account are called, by their ids. */
import { sql } from 'kysely'
import { type AccountId, ids as idSchemas, type NameableKind, nameableKinds } from '#contract'
import type { CatalogDb } from './database/open-catalog.ts'

export type FoundName = { readonly id: string; readonly name: string; readonly removed: boolean }

const isDeleted = sql<boolean>`deleted_at is not null`
const isNever = sql<boolean>`1 = 0`

const ofInstance = sql<string>`(select name from instances where instances.id = instance_id)`
const own = sql<string>`name`

/** Some keep their row when they are deleted, for what outlives them. */
const places = {
  channel: { table: 'alertChannels', name: own, removed: isNever },
  instance: { table: 'instances', name: own, removed: sql<boolean>`state = 'RELEASED'` },
  job: { table: 'jobs', name: ofInstance, removed: isNever },
  plan: { table: 'plans', name: ofInstance, removed: sql<boolean>`status = 'CANCELED'` },
  policy: { table: 'policies', name: own, removed: isDeleted },
  restoreJob: { table: 'jobs', name: ofInstance, removed: isNever },
  user: { table: 'users', name: own, removed: isNever },
  vault: { table: 'vaults', name: own, removed: isDeleted },
} as const satisfies Record<NameableKind, object>

/** In no order; ids of nothing in the account are not among them. */
export async function listNames(
  db: CatalogDb,
  accountId: AccountId,
  ids: readonly string[],
): Promise<readonly FoundName[]> {
  const found: FoundName[] = []
  for (const kind of nameableKinds) {
    const wanted = [...new Set(ids)].filter((id) => idSchemas[kind].safeParse(id).success)
    if (wanted.length === 0) continue
    const { table, name, removed } = places[kind]
    const { rows } = await sql<{ id: string; name: string; removed: number | boolean }>`
      select id, ${name} as name, ${removed} as removed from ${sql.table(table)}
      where account_id = ${accountId} and id in (${sql.join(wanted)})
    `.execute(db)
    for (const row of rows) found.push({ ...row, removed: Boolean(row.removed) })
  }
  return found
}
