/** What was asked of the server, kept by route and input; events of the server say what to ask for again. */
import {
  keepPreviousData,
  QueryClient,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
} from '@tanstack/react-query'
import { isFailure } from '#base'
import { type CallAnswer, type CallInput, type ItemOf, pathOf, type RouteSpec } from '#contract'
import { api } from './client.ts'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refused is refused again; a network may come back.
      retry: (count, problem) => count < 2 && isFailure(problem, 'server.unreachable'),
      refetchOnWindowFocus: true,
    },
    // Questions wait until the server is back; what somebody asked to be done fails at once.
    mutations: { networkMode: 'always' },
  },
})

type Options = {
  readonly enabled?: boolean
  /** Asks again while the page is open, for what no event tells. */
  readonly everyMs?: number
  /** Shows what was there until the new answer is here: for filters and pages. */
  readonly keepsPrevious?: boolean
}

/** A key begins with the path of its route, so that events can name many at once. */
export function keyOf(spec: RouteSpec, input?: unknown): readonly unknown[] {
  return [pathOf(spec), input ?? {}]
}

export function useCall<Spec extends RouteSpec>(
  spec: Spec,
  input: CallInput<Spec>,
  { enabled = true, everyMs, keepsPrevious = false }: Options = {},
) {
  return useQuery<CallAnswer<Spec>>({
    queryKey: keyOf(spec, input),
    queryFn: ({ signal }) => api.call(spec, input, { signal }),
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: unlessRefused(everyMs) }),
    ...(keepsPrevious ? { placeholderData: keepPreviousData } : {}),
  })
}

/** What the server refuses is not asked again by itself: each time would be one more entry of its audit log. */
function unlessRefused(everyMs: number) {
  return ({ state: { error } }: { readonly state: { readonly error: Error | null } }) =>
    isFailure(error) && error.entry.kind === 'refused' ? false : everyMs
}

type PageSpec = RouteSpec & { readonly answer: { readonly kind: 'page' } }
type PageOf<Spec extends PageSpec> = {
  readonly items: readonly ItemOf<Spec>[]
  readonly next?: string | undefined
  readonly total?: number | undefined
}
type PagesOf<Spec extends PageSpec> = Omit<
  UseInfiniteQueryResult<{ readonly pages: readonly PageOf<Spec>[] }>,
  'data'
> & {
  readonly items: readonly ItemOf<Spec>[]
  readonly total: number | undefined
}

/** All pages that were asked for so far, as one list; `fetchNextPage` asks for more. */
export function usePages<Spec extends PageSpec>(
  spec: Spec,
  input: CallInput<Spec>,
  { enabled = true, everyMs }: Options = {},
): PagesOf<Spec> {
  const askedQuery: Readonly<Record<string, unknown>> | undefined =
    'query' in input ? Object(input.query) : undefined
  const result = useInfiniteQuery({
    queryKey: [...keyOf(spec, input), 'pages'],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ signal, pageParam }): Promise<PageOf<Spec>> => {
      const query = { ...askedQuery, ...(pageParam === undefined ? {} : { cursor: pageParam }) }
      const answer = await api.call(spec, { ...input, query }, { signal })
      // The route says that it answers with pages; the compiler cannot follow that through the spec.
      return answer as unknown as PageOf<Spec>
    },
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: unlessRefused(everyMs) }),
  })
  const items = result.data?.pages.flatMap((page) => page.items) ?? []
  return { ...result, items, total: result.data?.pages[0]?.total } as PagesOf<Spec>
}

/** A change. What it touches is asked for again; problems are the caller's to show. */
export function useAction<Spec extends RouteSpec>(
  spec: Spec,
  { touches = [] }: { readonly touches?: readonly RouteSpec[] } = {},
) {
  return useMutation<CallAnswer<Spec>, Error, CallInput<Spec>>({
    mutationFn: (input) => api.call(spec, input),
    onSuccess: async () => {
      const paths = touches.map(pathOf)
      await queries.invalidateQueries({
        predicate: ({ queryKey }) => paths.includes(String(queryKey[0])),
      })
    },
  })
}
