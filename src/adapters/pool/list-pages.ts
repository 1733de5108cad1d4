// Directories as listing records. One with very many names comes page by page: its names and its
// descriptor stay with the thread that read them.
import { assert, type ByteString } from '#base'
import { type DirectoryIdentity, DirectoryPages } from '../linux/index.ts'
import type { ListAnswer } from './jobs.ts'
import { sourceFailure } from './source-failure.ts'

/** Half a megabyte of records: enough for all but very few directories to be one page. */
export const pageEntriesMax = 4096

const openDirectories = new Map<number, DirectoryPages>()
let lastNumber = 0

export function listFirstPage(ask: {
  readonly path: ByteString
  readonly expected: DirectoryIdentity | undefined
}): ListAnswer {
  try {
    return answerPage(new DirectoryPages(ask.path, ask.expected), ++lastNumber)
  } catch (problem) {
    return sourceFailure(problem)
  }
}

export function listNextPage({ directory }: { readonly directory: number }): ListAnswer {
  const pages = openDirectories.get(directory)
  assert(pages !== undefined, 'a directory is paged while it has pages')
  try {
    return answerPage(pages, directory)
  } catch (problem) {
    return sourceFailure(problem)
  }
}

export function endListings(): void {
  for (const pages of openDirectories.values()) pages[Symbol.dispose]()
  openDirectories.clear()
}

function answerPage(pages: DirectoryPages, directory: number): ListAnswer {
  let hasMore = false
  try {
    const { bytes } = pages.nextPage(pageEntriesMax)
    hasMore = pages.remaining > 0
    return { kind: 'records', records: bytes, directory: hasMore ? directory : undefined }
  } finally {
    if (hasMore) {
      openDirectories.set(directory, pages)
    } else {
      openDirectories.delete(directory)
      pages[Symbol.dispose]()
    }
  }
}
