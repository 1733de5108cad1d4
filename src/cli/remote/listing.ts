/**
 * Lists of the API as tables for people and as lines for programs. What a server sent is made inert here: a column that
 * shows text of others goes through `printable`.
 */
import { failure } from '#base'
import type { Given, OptionSpec } from '../command.ts'
import type { Fields, Output } from '../output.ts'
import { type Column, renderTable } from '../table.ts'
import type { Remote } from './server-command.ts'

export type ShownColumn<Item> = Column & { readonly show: (item: Item) => string }

export type Listing<Item> = {
  readonly event: string
  readonly items: AsyncIterable<Item>
  readonly columns: readonly ShownColumn<Item>[]
  /** As the API has it. */
  readonly fields: (item: Item) => Fields
  /** Said when there is nothing. */
  readonly none: string
  /** Undefined: all. */
  readonly limit?: number | undefined
  /** Names that the columns need. */
  readonly learn?: (items: readonly Item[]) => Promise<void>
}

/** @returns how many there were */
export async function tellList<Item>(
  { context }: Pick<Remote, 'context'>,
  listing: Listing<Item>,
): Promise<number> {
  const { output } = context
  const { event, items, fields, limit, none } = listing
  const shown: Item[] = []
  let count = 0
  let isCut = false
  for await (const item of items) {
    if (count === limit) {
      isCut = true
      break
    }
    count++
    if (output.settings.json) {
      output.event(event, fields(item))
      if (output.isFull) await output.drain()
    } else shown.push(item)
  }
  if (isCut) output.notice(`There are more; --limit N shows N of them, --limit all all of them.`)
  if (count === 0) output.note(none)
  else if (!output.settings.json) await tellTable(output, listing, shown)
  return count
}

async function tellTable<Item>(
  output: Output,
  { columns, learn }: Listing<Item>,
  items: readonly Item[],
): Promise<void> {
  await learn?.(items)
  const rows = items.map((item) => columns.map(({ show }) => show(item)))
  for (const line of renderTable(columns, rows)) output.line(line)
  await output.drain()
}

/** Pairs of a word and a value, one a line; those without a value are left out. */
export function tellFacts(
  output: Output,
  facts: readonly (readonly [word: string, value: string | undefined])[],
): void {
  const there = facts.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...there.map(([word]) => word.length))
  for (const [word, value] of there) output.line(`${`${word}:`.padEnd(width + 2)}${value}`)
}

export const limitOption: OptionSpec = {
  flags: '--limit <n>',
  about: 'shows so many, newest first, or all',
}

const limitUsual = 50

export function limitOf(given: Given): number | undefined {
  const text = given.text('limit')
  if (text === undefined) return limitUsual
  if (text === 'all') return undefined
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  const problem = `--limit takes a number or all, not "${text}"`
  throw failure('usage.invalid', { problem })
}
