/** Which files are searched for, as it stands in an address: a link keeps it, and so does going back. */
import { isDay, startOfDay } from '../../parts/days.ts'
import { parseSize } from '../../parts/sizes.ts'

export const searchKinds = ['file', 'directory', 'symlink'] as const

export type FileSearch = {
  readonly pattern?: string
  readonly kind?: (typeof searchKinds)[number]
  /** Sizes as they were typed: `10 MiB`. */
  readonly min?: string
  readonly max?: string
  /** Days on which they were changed, both of them within. */
  readonly from?: string
  readonly until?: string
}
export type FileSearchChange = { readonly [Key in keyof FileSearch]?: string | undefined }

const patternMax = 4_096

/** Of an address that anybody may have typed: what is not understood is left out. */
export function readFileSearch(search: Readonly<Record<string, unknown>>): FileSearch {
  const [pattern, min, max] = (['pattern', 'min', 'max'] as const).map((key) => textOf(search[key]))
  const kind = searchKinds.find((one) => one === search['kind'])
  const { from, until } = search
  return {
    ...(pattern === undefined ? {} : { pattern: pattern.slice(0, patternMax) }),
    ...(kind === undefined ? {} : { kind }),
    ...(isSize(min) ? { min } : {}),
    ...(isSize(max) ? { max } : {}),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(until) ? { until } : {}),
  }
}

function textOf(value: unknown): string | undefined {
  // What is a number stands as one in an address.
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined
}

function isSize(text: string | undefined): text is string {
  return text !== undefined && parseSize(text) !== undefined
}

/** Something beside the pattern. */
export function isNarrowed({ pattern: _, ...filters }: FileSearch): boolean {
  return Object.keys(filters).length > 0
}

export function isSearching(search: FileSearch): boolean {
  return search.pattern !== undefined || isNarrowed(search)
}

/** What the server is asked for; without a pattern everything that meets the filters. */
export function searchQueryOf({ pattern = '*', kind, min, max, from, until }: FileSearch) {
  const [sizeMin, sizeMax] = [min, max].map((text) =>
    text === undefined ? undefined : parseSize(text),
  )
  return {
    pattern,
    ...(kind === undefined ? {} : { kind }),
    ...(sizeMin === undefined ? {} : { sizeMin }),
    ...(sizeMax === undefined ? {} : { sizeMax }),
    ...(from === undefined ? {} : { modifiedFrom: startOfDay(from) }),
    ...(until === undefined ? {} : { modifiedUntil: startOfDay(until, 1) }),
  }
}
