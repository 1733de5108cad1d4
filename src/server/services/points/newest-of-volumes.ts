/**
 * The points of a version that count: one for each volume. A server that falls between the commit of a point and its answer
 * is asked again by the agent, which then makes another point of the same volume (D5). Both stay until they expire; to
 * restore both would be to let them fight for the same files.
 */
import type { CatalogPoint } from '../../catalog/index.ts'

type Row = Pick<CatalogPoint, 'volume' | 'sequence' | 'trashedAt'>

/** In the order of the rows. */
export function newestOfVolumes<Point extends Row>(rows: readonly Point[]): readonly Point[] {
  const newest = new Map<string, Point>()
  for (const row of rows) {
    const other = newest.get(row.volume)
    if (other === undefined || isRather(row, other)) newest.set(row.volume, row)
  }
  return rows.filter((row) => newest.get(row.volume) === row)
}

/** One that is in the trash is shown only when there is no other. */
function isRather(row: Row, other: Row): boolean {
  const [isKept, otherIsKept] = [row.trashedAt === null, other.trashedAt === null]
  return isKept === otherIsKept ? row.sequence > other.sequence : isKept
}
