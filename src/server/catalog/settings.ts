/** Settings by scope: "server", or the id of an account. */
import type { JsonValue } from '#engine'
import { type Codec, codecOf, type Stored } from './database/codec.ts'
import type { CatalogDb } from './database/open-catalog.ts'

export type Setting = {
  readonly scope: string
  readonly name: string
  readonly value: JsonValue
  readonly updatedAt: number
}

export type SettingRow = Stored<Setting, 'value', never>
const codec: Codec<Setting, 'value'> = codecOf<Setting>()(['value'])

export async function putSetting(db: CatalogDb, setting: Setting): Promise<void> {
  const row = codec.toRow(setting)
  await db
    .insertInto('settings')
    .values(row)
    .onConflict((conflict) => conflict.columns(['scope', 'name']).doUpdateSet(row))
    .execute()
}

/** Undefined: it was never set. */
export async function findSetting(
  db: CatalogDb,
  scope: string,
  name: string,
): Promise<Setting | undefined> {
  const row = await db
    .selectFrom('settings')
    .selectAll()
    .where('scope', '=', scope)
    .where('name', '=', name)
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function listSettings(db: CatalogDb, scope: string): Promise<readonly Setting[]> {
  const rows = await db
    .selectFrom('settings')
    .selectAll()
    .where('scope', '=', scope)
    .orderBy('name')
    .execute()
  return rows.map(codec.fromRow)
}
