/** The agent's routes: identity, channel, and sessions on vaults. An agent calls nothing else. */
import { z } from 'zod'
import { blockFrameBytesMax, blockFrameMedia } from '../agent/block-frame.ts'
import { bitsMedia, chunkIdsMedia, idsBytesMax } from '../agent/have-frame.ts'
import * as message from '../agent/messages.ts'
import * as wire from '../agent/session.ts'
import { accepted, bytes, created, empty, json, route } from '../route.ts'
import { amount, digest, label } from '../wire/text.ts'
import { agents, anyone } from './rights.ts'

const own = { callers: agents, scope: undefined, object: 'self', effect: 'none' } as const
const inSession = { ...own, object: 'session' } as const
const sessionGone = ['session.unknown', 'session.refused', 'agent.revoked'] as const

export const agent = {
  enrol: route({
    method: 'POST',
    path: '/agent/enrol',
    summary: 'Turn an activation code into an identity; a code counts once',
    body: message.enrolment,
    answer: created(message.identity),
    repeat: 'once',
    refusals: ['activation.code-refused', 'instance.unsupported', 'auth.too-many-attempts'],
    class: { callers: anyone, scope: undefined, object: 'nothing', effect: 'none' },
  }),
  renew: route({
    method: 'POST',
    path: '/agent/renew',
    summary: 'A new certificate before the old one runs out',
    body: message.renewal,
    answer: created(message.identity),
    repeat: 'once',
    refusals: ['agent.revoked'],
    class: own,
  }),
  assignments: route({
    method: 'GET',
    path: '/agent/assignments',
    summary: 'What to do next; waits until there is something',
    query: z.strictObject({
      after: amount,
      /** Of the agent that asks, as in its messages: jobs are given to it, and to no earlier process (D5). */
      startId: digest.optional(),
      waitSeconds: z.int().min(0).max(message.waitSecondsMax).optional(),
      /** Of `laterWords`, those that it knows; words of a newer agent are passed over. */
      knows: z.array(label(32)).max(32).optional(),
    }),
    answer: json(message.assignments),
    repeat: 'safe',
    refusals: ['agent.revoked'],
    class: own,
  }),
  report: route({
    method: 'POST',
    path: '/agent/messages',
    summary: 'Heartbeats, progress, report lines and results',
    body: message.agentMessages,
    answer: accepted(message.acknowledgement),
    repeat: 'same',
    refusals: ['agent.revoked'],
    class: own,
  }),
} as const

export const sessions = {
  open: route({
    method: 'POST',
    path: '/agent/sessions',
    summary: 'Open a session for an assigned job',
    body: wire.sessionOpening,
    answer: created(wire.session),
    repeat: 'key',
    refusals: ['record.not-found', 'job.over', 'vault.leased', 'quota.exceeded', 'agent.revoked'],
    class: own,
  }),
  places: route({
    method: 'GET',
    path: '/agent/sessions/{sessionId}/places',
    summary: 'Where the chunks of the point lie: of its tree (backup), of all of it (restore)',
    answer: bytes(wire.placesMedia),
    repeat: 'safe',
    refusals: sessionGone,
    class: inSession,
  }),
  have: route({
    method: 'POST',
    path: '/agent/sessions/{sessionId}/have',
    summary: 'Which of these chunks need not be sent',
    body: { media: chunkIdsMedia, bytesMax: idsBytesMax },
    answer: bytes(bitsMedia),
    repeat: 'same',
    refusals: sessionGone,
    class: inSession,
  }),
  put: route({
    method: 'PUT',
    path: '/agent/sessions/{sessionId}/blocks/{blockNumber}',
    summary: 'Send a block; every chunk is verified before it counts',
    body: { media: blockFrameMedia, bytesMax: blockFrameBytesMax },
    answer: json(wire.storedBlock),
    repeat: 'same',
    refusals: [...sessionGone, 'storage.full', 'storage.unavailable', 'quota.exceeded'],
    class: inSession,
  }),
  commit: route({
    method: 'POST',
    path: '/agent/sessions/{sessionId}/commit',
    summary: 'Make the point; the same commit again gets the same receipt',
    query: z.strictObject({
      /** How many blocks were sent. */
      blocks: amount,
    }),
    body: { media: wire.draftMedia, bytesMax: wire.draftBytesMax },
    answer: created(wire.receipt),
    repeat: 'same',
    refusals: [...sessionGone, 'vault.fenced', 'retention.out-of-range', 'storage.full'],
    class: inSession,
  }),
  fetch: route({
    method: 'POST',
    path: '/agent/sessions/{sessionId}/fetch',
    summary: 'Blocks that hold chunks of the point; chunks of others in them are empty',
    body: wire.blockFetch,
    answer: bytes(wire.blocksMedia),
    repeat: 'safe',
    refusals: [...sessionGone, 'object.damaged', 'object.missing', 'chunk.missing'],
    class: inSession,
  }),
  close: route({
    method: 'DELETE',
    path: '/agent/sessions/{sessionId}',
    summary: 'End a session without a point; what was stored is used by the next one of the job',
    answer: empty,
    repeat: 'same',
    refusals: ['agent.revoked'],
    class: inSession,
  }),
} as const
