/**
 * Cursors of lists: what a page ended with, bound to the list, its filters and its order. Another list refuses them; what
 * they say is checked by whoever reads on from there.
 */
import { createHash } from 'node:crypto'
import { failure } from '#base'

export type CursorFields = readonly (string | number | readonly number[])[]

const bindingCharacters = 12

/** @param list what the cursor is bound to: the list, ids, filters and order, without limit and cursor itself */
export function writeCursor(list: unknown, fields: CursorFields): string {
  return Buffer.from(JSON.stringify([bindingOf(list), ...fields])).toString('base64url')
}

/** @throws page.cursor-refused */
export function readCursor(list: unknown, cursor: string): readonly unknown[] {
  const [binding, ...fields] = parsedList(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (binding !== bindingOf(list)) throw failure('page.cursor-refused')
  return fields
}

function bindingOf(list: unknown): string {
  const text = JSON.stringify(list)
  return createHash('sha256').update(text).digest('base64url').slice(0, bindingCharacters)
}

function parsedList(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : []
  } catch (problem) {
    throw failure('page.cursor-refused', {}, problem)
  }
}
