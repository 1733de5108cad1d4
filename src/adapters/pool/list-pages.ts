// Directories as listing records. One with very many names comes page by page: its names and its
// descriptor stay with the thread that read them.
import { assert, concatBytes } from '#base'
import { DirectoryPages } from '../linux/index.ts'
import type { ListAnswer, ListAsk, ListsAnswer } from './jobs.ts'
import { sourceFailure } from './source-failure.ts'

/** Half a megabyte of records: enough for all but very few directories to be one page. */
export const pageEntriesMax = 4096

const openDirectories = new Map<number, DirectoryPages>()
let lastNumber = 0

export function listDirectories(asks: readonly ListAsk[]): ListsAnswer {
  return answerAll(asks.map((ask) => () => takePage(openPages(ask), ++lastNumber)))
}

export function listNextPage(directory: number): ListsAnswer {
  const pages = openDirectories.get(directory)
  assert(pages !== undefined, 'a directory is paged while it has pages')
  return answerAll([() => takePage(pages, directory)])
}

export function endListings(): void {
  for (const pages of openDirectories.values()) pages[Symbol.dispose]()
  openDirectories.clear()
}

type Page = { readonly records: Uint8Array; readonly directory: number | undefined }

function openPages({ path, expected }: ListAsk): DirectoryPages {
  return new DirectoryPages(path, expected)
}

function answerAll(listings: readonly (() => Page)[]): ListsAnswer {
  const parts: Uint8Array[] = []
  const lists = listings.map((list): ListAnswer => {
    try {
      const { records, directory } = list()
      parts.push(records)
      return { kind: 'records', bytes: records.length, directory }
    } catch (problem) {
      return sourceFailure(problem)
    }
  })
  const [only] = parts
  return { kind: 'lists', records: parts.length === 1 && only ? only : concatBytes(parts), lists }
}

function takePage(pages: DirectoryPages, directory: number): Page {
  let hasMore = false
  try {
    const { bytes: records } = pages.nextPage(pageEntriesMax)
    hasMore = pages.remaining > 0
    return { records, directory: hasMore ? directory : undefined }
  } finally {
    if (hasMore) {
      openDirectories.set(directory, pages)
    } else {
      openDirectories.delete(directory)
      pages[Symbol.dispose]()
    }
  }
}
