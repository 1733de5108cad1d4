/** Opens sessions at the server, and closes them whatever happens. */
import { type CallInput, routes, type SessionFacts } from '#contract'
import type { RateLimit } from '../rate-limit.ts'
import { patiently } from './patience.ts'
import type { SessionLink } from './remote-blocks.ts'
import type { WorkerPorts } from './session-ports.ts'

export type OpenedSession = AsyncDisposable & {
  readonly link: SessionLink
  readonly facts: SessionFacts
}

export type Opening = CallInput<(typeof routes)['sessions']['open']>['body']

/** A session that nobody closes holds room at the server for minutes. */
const closingMsMax = 10_000

export async function openLink(
  ports: WorkerPorts,
  opening: Opening,
  { limit, signal }: { readonly limit: RateLimit; readonly signal: AbortSignal },
): Promise<OpenedSession> {
  const { client, clock } = ports
  const facts = await patiently(clock, signal, () =>
    client().call(routes.sessions.open, { body: opening }, { signal }),
  )
  const { sessionId } = facts
  const link: SessionLink = {
    client,
    sessionId,
    signal,
    limit,
    patiently: (call) => patiently(clock, signal, call),
  }
  return {
    link,
    facts,
    async [Symbol.asyncDispose]() {
      const ending = { signal: AbortSignal.timeout(closingMsMax) }
      // It ends by itself a little later; what came of the job is known already.
      await client()
        .call(routes.sessions.close, { path: { sessionId } }, ending)
        .catch(() => {})
    },
  }
}
