/** Becoming a client of a server, and staying one: activation with a code, and a new certificate before the old one ends. */
import { failure, isFailure, toHex } from '#base'
import { encodeWire, enrolment, openClient, protocolVersion, routes } from '#contract'
import type { Connection } from '../connection.ts'
import { machineFactsOf } from '../machine-facts.ts'
import type { Machine, OpenLink } from '../ports.ts'
import { forgetHighest } from '../receipts/receipt-book.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { ActivationText } from './activation-text.ts'
import {
  type AgentIdentity,
  isRevoked,
  pendingKey,
  readIdentity,
  storeIdentity,
} from './identity-file.ts'

export type EnrolTools = {
  readonly state: StateFolder
  readonly openLink: OpenLink
  readonly machine: Machine
  readonly version: string
  readonly wallMs: () => number
  readonly random: (length: number) => Uint8Array
}

/** isReplaced: the instance had another client. @throws activation.code-refused, instance.unsupported, link.untrusted, server.unreachable, file.exists when activated already */
export async function enrol(
  text: ActivationText,
  tools: EnrolTools,
  signal: AbortSignal,
): Promise<AgentIdentity & { readonly isReplaced: boolean }> {
  const { state } = tools
  await mustBeFree(state)
  // Facts first: a machine that is not supported uses up no code.
  const facts = await machineFactsOf(tools.machine, tools.version, signal)
  const key = await pendingKey(state)
  const link = tools.openLink({ trust: text.trust })
  try {
    const client = openClient({
      address: text.address,
      fetch: link.fetch,
      newKey: () => toHex(tools.random(16)),
    })
    const body = encodeWire(enrolment, {
      protocol: protocolVersion,
      code: text.code,
      publicKey: key.publicKey,
      facts,
    })
    const told = await client.call(routes.agent.enrol, { body }, { signal }).catch((problem) => {
      const isFirst = text.trust.kind === 'system' && isFailure(problem, 'link.untrusted')
      throw isFirst ? failure('activation.untrusted', problem.context, problem) : problem
    })
    const { address, trust } = text
    const { machine } = facts
    const now = tools.wallMs()
    const issued = { told, address, trust, machine, now, privateKey: key.privateKey }
    await forgetFormer(state)
    return { ...(await storeIdentity(state, issued)), isReplaced: told.replaced === true }
  } finally {
    await link.close()
  }
}

/** A new certificate with a new key; the old ones are used until both are on disk. @throws agent.revoked */
export async function renew(
  connection: Connection,
  tools: Pick<EnrolTools, 'state' | 'wallMs'>,
  signal: AbortSignal,
): Promise<void> {
  const { state } = tools
  const { address, trust, machine, receiptKey } = connection.identity
  const key = await pendingKey(state)
  const body = { publicKey: key.publicKey, machine }
  const fresh = await connection.control.call(routes.agent.renew, { body }, { signal })
  // With another key, receipts of another server would pass for those of ours.
  const told = receiptKey === undefined ? fresh : { ...fresh, receiptKey }
  const now = tools.wallMs()
  const issued = { told, address, trust, machine, now, privateKey: key.privateKey }
  connection.adopt(await storeIdentity(state, issued))
}

/** Assignments and jobs were those of the identity before; their numbers mean nothing to a new one. */
async function forgetFormer(state: StateFolder): Promise<void> {
  await state.remove('channel.json')
  await forgetHighest(state)
  for (const name of await state.list('jobs')) await state.remove(`jobs/${name}`)
}

async function mustBeFree(state: StateFolder): Promise<void> {
  if (await isRevoked(state)) return
  try {
    const { address } = await readIdentity(state)
    throw failure('file.exists', { path: `An identity for ${address}` })
  } catch (problem) {
    if (!isFailure(problem, 'agent.not-activated')) throw problem
  }
}
