/**
 * Names of objects by their ids, for lists that carry ids. Whatever is in sight at once is asked for in one call, and what
 * was told is kept: a list may be of any length.
 */
import { skipToken, useQuery } from '@tanstack/react-query'
import { ids, type NamedObject, nameableKinds, namesPerCallMax, routes } from '#contract'
import { api } from './client.ts'
import { keyOf } from './queries.ts'

export type Naming =
  | { readonly kind: 'asking' }
  /** The server could not be asked. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'named'; readonly name: string; readonly isRemoved: boolean }
  /** Of nothing any more, or of nothing that this account may see. */
  | { readonly kind: 'nameless' }

/** @param id what is of no kind that has names is nameless without a call */
export function useNaming(id: string | undefined): Naming {
  const asked = id !== undefined && hasName(id) ? id : undefined
  const { data, isError } = useQuery({
    queryKey: keyOf(routes.names.find, { id: asked }),
    queryFn: asked === undefined ? skipToken : () => askTogether(asked),
  })
  if (asked === undefined || data === null) return { kind: 'nameless' }
  if (data !== undefined) return { kind: 'named', name: data.name, isRemoved: data.removed }
  return { kind: isError ? 'unknown' : 'asking' }
}

function hasName(id: string): boolean {
  return nameableKinds.some((kind) => ids[kind].safeParse(id).success)
}

type Asking = {
  readonly id: string
  readonly tell: (found: NamedObject | null) => void
  readonly fail: (problem: unknown) => void
}

const gatherMs = 20
let gathered: Asking[] = []

function askTogether(id: string): Promise<NamedObject | null> {
  return new Promise((tell, fail) => {
    if (gathered.length === 0) setTimeout(askGathered, gatherMs)
    gathered.push({ id, tell, fail })
  })
}

function askGathered(): void {
  const all = gathered
  gathered = []
  for (let at = 0; at < all.length; at += namesPerCallMax)
    void ask(all.slice(at, at + namesPerCallMax))
}

async function ask(asking: readonly Asking[]): Promise<void> {
  try {
    const { items } = await api.call(routes.names.find, {
      query: { id: [...new Set(asking.map(({ id }) => id))] },
    })
    const found = new Map(items.map((item) => [item.id, item]))
    for (const { id, tell } of asking) tell(found.get(id) ?? null)
  } catch (problem) {
    for (const { fail } of asking) fail(problem)
  }
}
