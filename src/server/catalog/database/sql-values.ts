/** Values inside statements that are written by hand. */
import { type RawBuilder, sql } from 'kysely'

/** An instant: PostgreSQL takes a parameter whose type it cannot see for text. */
export function at(instant: number): RawBuilder<number> {
  return sql<number>`cast(${instant} as bigint)`
}
