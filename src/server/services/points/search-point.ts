/** Search in one point, a page at a time. */

import type { ByteString } from '#base'
import { failure } from '#base'
import type { Entry as EntryRecord } from '#contract'
import { readCursor, writeCursor } from '../../cursor.ts'
import type { EntryPage } from './browse-folder.ts'
import { findPlace, keyAt, placeOf, rootsOf } from './entry-cursor.ts'
import { entryRecord } from './entry-records.ts'
import { folderPath, type OpenPoint } from './open-point.ts'
import { type SearchConditions, searchEntries } from './search-entries.ts'
import type { WorkBudget } from './work-budget.ts'

export type PointSearch = {
  readonly conditions: SearchConditions
  readonly under: ByteString | undefined
  readonly limit: number
  readonly cursor: string | undefined
}

/** @throws search.pattern-refused, path.not-found, page.cursor-refused */
export async function searchPoint(
  opened: OpenPoint,
  search: PointSearch,
  budget: WorkBudget,
  signal: AbortSignal,
): Promise<EntryPage<EntryRecord>> {
  const { reading, known, paths } = opened
  const { reader } = reading
  const roots = rootsOf(known.point.tree)
  const under = await folderPath(opened, search.under, signal)
  const call = ['search', known.id, under, search.conditions]
  const place = search.cursor === undefined ? undefined : readCursor(call, search.cursor)
  const from =
    place === undefined
      ? undefined
      : await keyAt(reader, roots, placeOf(place[0], place[1]), signal)
  const { conditions, limit } = search
  const request = { points: [known], paths, conditions, under, from, limit }
  const { found, next } = await searchEntries(reader, request, budget, signal)
  const items = found.map(({ entry }) => entryRecord(entry, paths))
  if (next === undefined) return { items, next: undefined }
  const ended = await findPlace(reader, roots, next, signal)
  if (ended === undefined) throw failure('page.cursor-refused')
  return { items, next: writeCursor(call, [ended.tree, ended.path]) }
}
