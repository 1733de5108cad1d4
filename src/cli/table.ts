/** Columns of text, aligned; the last column is not padded. */
import { padEnd, padStart, textWidth } from './text-width.ts'

export type Column = { readonly title: string; readonly align?: 'right' }

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const titles = columns.map(({ title }) => title)
  const widths = columns.map(({ title }, i) =>
    rows.reduce((width, row) => Math.max(width, textWidth(row[i] ?? '')), textWidth(title)),
  )
  const render = (row: readonly string[]) =>
    columns
      .map(({ align }, i) => {
        const cell = row[i] ?? ''
        const width = widths[i] ?? 0
        if (align === 'right') return padStart(cell, width)
        return i === columns.length - 1 ? cell : padEnd(cell, width)
      })
      .join('  ')
      .trimEnd()
  return [titles, ...rows].map(render)
}
