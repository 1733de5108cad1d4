/** The routes of agents: identity, assignments, messages. Sessions on vaults are the gateway's. */
import { failure } from '#base'
import type { InstanceId } from '#contract'
import {
  findInstance,
  holdChannel,
  listRegions,
  transact,
  updateChannel,
} from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { agentOf } from '../../identity.ts'
import { heartbeatSeconds, type IssuedIdentity } from './agent-ports.ts'
import type { AgentService } from './agent-service.ts'
import { enrol } from './enrol.ts'
import { FailedGuesses } from './failed-guesses.ts'
import { checkMachine } from './meet-process.ts'
import { hearReport } from './report.ts'
import { waitForAssignments } from './wait-for-assignments.ts'

export function agentHandlers(service: AgentService): HandlersOf<'agent'> {
  const { kernel, ports, known } = service
  const { db } = kernel.catalog
  const guesses = new FailedGuesses(kernel.wallMs)
  /** One call of a client waits: another one ends it, so that none pile up. */
  const waiting = new Map<string, AbortController>()
  return {
    async enrol({ body }, context) {
      const { instanceId, clientId, issued } = await guesses.guard(context.address, () =>
        enrol(kernel, ports, body),
      )
      context.note({ instanceId, clientId })
      return { instanceId, clientId, ...(await identityRecord(instanceId, issued)) }
    },

    async renew({ body }, context) {
      const identity = agentOf(context.identity)
      const { clientId, instanceId } = identity
      const agent = await known.get(identity)
      await checkMachine(service, agent, [body.machine])
      const issued = await ports.issueIdentity({ publicKey: body.publicKey, clientId })
      await transact(db, async (trx) => {
        await holdChannel(trx, clientId)
        await updateChannel(trx, clientId, {
          nextIdentity: issued.identity,
          nextIdentityUntil: issued.expiresAt,
        })
      })
      return { instanceId, clientId, ...(await identityRecord(instanceId, issued)) }
    },

    async assignments({ query }, context) {
      const identity = agentOf(context.identity)
      const { clientId, instanceId } = identity
      waiting.get(clientId)?.abort()
      const own = new AbortController()
      waiting.set(clientId, own)
      const stop = () => own.abort()
      context.signal.addEventListener('abort', stop)
      try {
        const assignments = await waitForAssignments(kernel, {
          agent: () => known.get(identity),
          instanceId,
          after: query.after,
          startId: query.startId,
          waitMs: (query.waitSeconds ?? 0) * 1_000,
          signal: own.signal,
        })
        return { assignments, ...pause() }
      } finally {
        context.signal.removeEventListener('abort', stop)
        if (waiting.get(clientId) === own) waiting.delete(clientId)
      }
    },

    async report({ body }, { identity }) {
      return { number: await hearReport(service, agentOf(identity), body) }
    },
  }

  function pause() {
    return kernel.ending.aborted ? { pauseMs: endingPauseMs } : {}
  }

  async function identityRecord(instanceId: InstanceId, issued: IssuedIdentity) {
    const instance = await findInstance(db, instanceId)
    if (instance === undefined) throw failure('instance.not-found', { instance: instanceId })
    const regions = await listRegions(db, instance.accountId)
    const dataUrl = regions.find(({ id }) => id === instance.regionId)?.dataUrl ?? null
    return {
      certificate: issued.certificate,
      authority: issued.authority,
      expiresAt: issued.expiresAt,
      heartbeatSeconds,
      ...(dataUrl === null ? {} : { dataAddress: dataUrl }),
    }
  }
}

const endingPauseMs = 2_000
