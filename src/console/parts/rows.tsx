/**
 * A table of any length: only the rows in sight are in the page, and more are asked for as the end comes near. Whole rows
 * can be clicked and reached by keyboard (lesson 6); on a narrow screen the columns marked so are left out.
 */
import { Box, ScrollArea, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'

export type Column<Row> = {
  readonly key: string
  readonly title: string
  /** Shown in place of the title, such as what sorts by this column. */
  readonly head?: ReactNode
  readonly sorted?: 'ascending' | 'descending' | undefined
  /** As CSS grid has it: `2fr`, `120px`. */
  readonly width: string
  readonly cell: (row: Row) => ReactNode
  /** Left out where there is little room. */
  readonly wideOnly?: true
  readonly align?: 'end'
}

const rowHeight = 48
const nearEnd = 20

export function Rows<Row>({
  label,
  columns,
  rows,
  keyOf,
  onOpen,
  onEnd,
  height = 'calc(100vh - 260px)',
}: {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly onOpen?: ((row: Row) => void) | undefined
  /** The last rows are in sight: there may be more to ask for. */
  readonly onEnd?: (() => void) | undefined
  readonly height?: string | number
}) {
  const isNarrow = useMediaQuery('(max-width: 48em)') ?? false
  const shown = columns.filter(({ wideOnly }) => !(isNarrow && wideOnly === true))
  const view = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => view.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => {
      const row = rows[index]
      return row === undefined ? index : keyOf(row)
    },
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - nearEnd) onEnd?.()
  }, [last, rows.length, onEnd])
  const grid = shown.map(({ width }) => width).join(' ')
  const gap = isNarrow ? 10 : 20
  return (
    <ScrollArea.Autosize
      className="rows-view"
      mah={height}
      viewportRef={view}
      type="auto"
      // Rows that open nothing take no focus: then the keyboard scrolls the view.
      viewportProps={
        onOpen === undefined ? { tabIndex: 0, role: 'group', 'aria-label': label } : {}
      }
    >
      <Box role="table" aria-label={label} aria-rowcount={rows.length + 1}>
        <Box
          role="row"
          // Rows slide under it.
          style={{ display: 'grid', gridTemplateColumns: grid, gap, zIndex: 1 }}
          px="sm"
          py="xs"
          pos="sticky"
          top={0}
          bg="var(--mantine-color-body)"
        >
          {shown.map(({ key, title, head, sorted, align }) => (
            <Text
              key={key}
              component="div"
              role="columnheader"
              aria-label={title}
              aria-sort={sorted}
              size="xs"
              fw={600}
              c="dimmed"
              ta={align ?? 'start'}
            >
              {head ?? title}
            </Text>
          ))}
        </Box>
        <Box role="rowgroup" className="rows" pos="relative" h={virtual.getTotalSize()}>
          {items.map(({ index, key, start, size }) => {
            const row = rows[index]
            if (row === undefined) return null
            const open = onOpen && (() => onOpen(row))
            return (
              <Box
                key={key}
                role="row"
                aria-rowindex={index + 2}
                {...(open === undefined
                  ? {}
                  : {
                      'data-clickable': true,
                      tabIndex: 0,
                      onClick: open,
                      onKeyDown: (event: KeyboardEvent) => {
                        if (event.key === 'Enter' && event.target === event.currentTarget) open()
                      },
                    })}
                px="sm"
                style={{
                  position: 'absolute',
                  insetInline: 0,
                  height: size,
                  transform: `translateY(${start}px)`,
                  display: 'grid',
                  gridTemplateColumns: grid,
                  gap,
                  alignItems: 'center',
                  cursor: open === undefined ? 'default' : 'pointer',
                }}
              >
                {shown.map(({ key: column, cell, align }) => (
                  <Box key={column} role="cell" ta={align ?? 'start'} style={cellStyle}>
                    {cell(row)}
                  </Box>
                ))}
              </Box>
            )
          })}
        </Box>
      </Box>
    </ScrollArea.Autosize>
  )
}

const cellStyle = {
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  whiteSpace: 'nowrap',
  minWidth: 0,
  fontSize: 'var(--mantine-font-size-sm)',
} as const
