/** Who is signed in. Without anybody the console shows how to come in, and nothing else. */
import { Container } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { createContext, lazy, type ReactNode, Suspense, useContext } from 'react'
import { isFailure } from '#base'
import { type CallAnswer, type Role, routes } from '#contract'
import { Loading } from '../parts/loading.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { api, keepCsrf } from './client.ts'
import { queries } from './queries.ts'

export type Caller = CallAnswer<typeof routes.signIn.whoAmI>

const CallerContext = createContext<Caller | undefined>(undefined)
const callerKey = ['caller']
/** While it cannot be said who is signed in. */
const askAgainMs = 5_000

// Fetched by whoever has not come in yet.
const FirstRunPage = lazy(async () => ({
  default: (await import('../pages/first-run.tsx')).FirstRunPage,
}))
const SignInPage = lazy(async () => ({
  default: (await import('../pages/sign-in.tsx')).SignInPage,
}))

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const caller = useQuery({
    queryKey: callerKey,
    queryFn: findCaller,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (state.status === 'error' ? askAgainMs : false),
  })
  if (caller.isPending) return <Loading />
  if (caller.data === undefined)
    return (
      <Container size="xs" pt="xl">
        <ProblemNotice problem={caller.error} onRetry={() => caller.refetch()} />
      </Container>
    )
  if (caller.data === 'nobody yet' || caller.data === 'signed out') {
    const Entry = caller.data === 'nobody yet' ? FirstRunPage : SignInPage
    return (
      <Suspense fallback={<Loading />}>
        <Entry onDone={forget} />
      </Suspense>
    )
  }
  return <CallerContext value={caller.data}>{children}</CallerContext>
}

async function findCaller({
  signal,
}: {
  signal: AbortSignal
}): Promise<Caller | 'nobody yet' | 'signed out'> {
  try {
    const caller = await api.call(routes.signIn.whoAmI, {}, { signal })
    keepCsrf(caller.csrf)
    return caller
  } catch (problem) {
    if (!isFailure(problem, 'auth.required') && !isFailure(problem, 'auth.refused')) throw problem
    const { needed } = await api.call(routes.setup.get, {}, { signal })
    return needed ? 'nobody yet' : 'signed out'
  }
}

/** Asks anew who is signed in: after signing in or out. */
function forget(): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== callerKey[0] })
  void queries.invalidateQueries({ queryKey: callerKey })
}

/** Asks anew what is known of whoever is signed in: a name was changed, or a factor. */
export async function refreshCaller(): Promise<void> {
  await queries.invalidateQueries({ queryKey: callerKey })
}

export async function signOut(): Promise<void> {
  await api.call(routes.signIn.end, {})
  keepCsrf(undefined)
  forget()
}

export function useCaller(): Caller {
  const caller = useContext(CallerContext)
  if (caller === undefined) throw new Error('pages are inside the session')
  return caller
}

/** Whether the signed-in user's role is one of those that may. */
export function useMay(allowed: readonly Role[]): boolean {
  return allowed.includes(useCaller().user.role)
}
