/** The routes of agents: identity, assignments, messages. Sessions on vaults are the gateway's. */
import type { ClientId } from '#contract'
import { holdChannel, transact, updateChannel } from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { agentOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { IssuedIdentity } from './agent-ports.ts'
import type { AgentService } from './agent-service.ts'
import { enrol } from './enrol.ts'
import { FailedGuesses } from './failed-guesses.ts'
import { identityAnswer } from './identity-answer.ts'
import { checkMachine } from './meet-process.ts'
import { hearReport } from './report.ts'
import { waitForAssignments } from './wait-for-assignments.ts'

export function agentHandlers(service: AgentService): HandlersOf<'agent'> {
  const { kernel, ports, known } = service
  const guesses = new FailedGuesses(kernel.wallMs)
  /** One call of a client waits: another one ends it, so that none pile up. */
  const waiting = new Map<string, AbortController>()
  // One listener for all who wait: a signal looks through those that it has whenever one comes or goes.
  const endAll = () => {
    for (const own of waiting.values()) own.abort()
  }
  kernel.ending.addEventListener('abort', endAll, { once: true })
  return {
    async enrol({ body }, context) {
      const { instanceId, clientId, issued, isReplaced } = await guesses.guard(
        context.address,
        () => enrol(kernel, ports, body),
      )
      context.note({ instanceId, clientId })
      const answer = await identityAnswer(kernel, ports, instanceId, issued)
      return { instanceId, clientId, ...answer, ...(isReplaced ? { replaced: true } : {}) }
    },

    async renew({ body }, context) {
      const identity = agentOf(context.identity)
      const { clientId, instanceId } = identity
      const agent = await known.get(identity)
      await checkMachine(service, agent, [body.machine])
      const issued = await ports.issueIdentity({ publicKey: body.publicKey, clientId })
      await keepNext(kernel, clientId, issued)
      return { instanceId, clientId, ...(await identityAnswer(kernel, ports, instanceId, issued)) }
    },

    async assignments({ query }, context) {
      const identity = agentOf(context.identity)
      const { clientId } = identity
      waiting.get(clientId)?.abort()
      const own = new AbortController()
      waiting.set(clientId, own)
      const stop = () => own.abort()
      context.signal.addEventListener('abort', stop)
      try {
        const assignments = await waitForAssignments(service, {
          identity,
          after: query.after,
          startId: query.startId,
          knows: query.knows ?? [],
          waitMs: (query.waitSeconds ?? 0) * 1_000,
          signal: own.signal,
        })
        return { assignments, ...(kernel.ending.aborted ? { pauseMs: endingPauseMs } : {}) }
      } finally {
        context.signal.removeEventListener('abort', stop)
        if (waiting.get(clientId) === own) waiting.delete(clientId)
      }
    },

    async report({ body }, { identity }) {
      return { number: await hearReport(service, agentOf(identity), body) }
    },
  }
}

const endingPauseMs = 2_000

/** It counts from its first use on: until then the old one does. */
async function keepNext(
  kernel: ServerKernel,
  clientId: ClientId,
  issued: IssuedIdentity,
): Promise<void> {
  await transact(kernel.catalog.db, async (trx) => {
    await holdChannel(trx, clientId)
    await updateChannel(trx, clientId, {
      nextIdentity: issued.identity,
      nextIdentityUntil: issued.expiresAt,
    })
  })
}
