/** Asking for the rest of a list, one page at a time. */
import { useCallback, useEffect } from 'react'

type List = {
  readonly items: readonly unknown[]
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly isError: boolean
  readonly fetchNextPage: () => Promise<unknown>
}

/**
 * A search does a bounded amount of work for each page, so a page may be empty and not the last one: it goes on by itself
 * until there is something to see.
 * @returns for when the end of the list is in sight
 */
export function useMore(list: List): () => void {
  const { items, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = list
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage, isError])
  const isWanted = items.length === 0
  useEffect(() => {
    if (isWanted) more()
  }, [isWanted, more])
  return more
}
