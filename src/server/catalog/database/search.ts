/** How lists are narrowed: conditions that are there or not, and text that is looked for. */
import { sql } from 'kysely'
import type { AccountId } from '#contract'
import type { CatalogDb } from './open-catalog.ts'

/** The condition, when there is something to compare with. */
export function when<T, Condition>(
  value: T | undefined,
  condition: (value: T) => Condition,
): readonly Condition[] {
  return value === undefined ? [] : [condition(value)]
}

/** What to look for inside a folded text, as a pattern of LIKE with `\` for an escape. */
export function containsPattern(text: string): string {
  return `%${foldText(text).replace(/[\\%_]/g, (character) => `\\${character}`)}%`
}

/** Text as it is searched: case and the way in which accents are written do not count. */
export function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** The ids of the instances in whose name, host name or addresses the text occurs. */
export function selectFoundInstances(db: CatalogDb, accountId: AccountId, text: string) {
  return db
    .selectFrom('instances')
    .select('instances.id')
    .where('instances.accountId', '=', accountId)
    .where(sql<boolean>`search_text like ${containsPattern(text)} escape '\\'`)
}
