/**
 * What server and agent tell each other on the channel. The server gives assignments; the agent answers with messages.
 * An assignment holds no command and no script: hooks are names, which the agent looks up in its own local policy (A21).
 * Times of an agent are for display only; the server stamps what it receives (A01).
 */
import { z } from 'zod'
import { architectures, clientStatuses, systems } from '../enums/instances.ts'
import { conflictRules, reportLists } from '../enums/jobs.ts'
import { ids } from '../ids.ts'
import { clientBuilds } from '../path-parameters.ts'
import { problem } from '../problem.ts'
import { foldersMax, foundDatabase, volume, volumesMax } from '../records/instance.ts'
import { progress, reportLine, selection } from '../records/job.ts'
import { hookNames, sources } from '../records/policy.ts'
import { absolutePath, folderName } from '../wire/file-path.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant } from '../wire/instant.ts'
import { amount, digest, hostName, label, reportedName, webAddress } from '../wire/text.ts'

export const protocolVersion = 1
export const messagesPerCallMax = 256
export const linesPerMessageMax = 500
export const waitSecondsMax = 60

/** D3; they count from the start of a job, for restores too. */
const limits = z.strictObject({
  bytesPerSecondMax: amount.optional(),
  coresMax: z.int().min(1).max(999).optional(),
  memoryBytesMax: amount.optional(),
})

/** Counts up per client; the agent asks for what comes after the last one that it has. */
const number = z.int().min(1)

export const assignment = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('backup'),
      number,
      jobId: ids.job,
      attempt: amount,
      vaultId: ids.vault,
      /** Absent: every local volume, without system directories (B1, B2); one point for each. */
      sources: sources.optional(),
      limits,
      hooks: hookNames,
    }),
    z.strictObject({
      kind: z.literal('restore'),
      number,
      restoreJobId: ids.restoreJob,
      attempt: amount,
      vaultId: ids.vault,
      pointIds: z.array(ids.point).min(1).max(256),
      selection,
      targetPath: absolutePath.optional(),
      conflict: z.enum(conflictRules),
      /** Absent: no. Given only to an agent that says that it knows `dry-run`. */
      dryRun: z.boolean().optional(),
      limits,
    }),
    z.strictObject({
      kind: z.literal('cancel'),
      number,
      jobId: z.union([ids.job, ids.restoreJob]),
    }),
    z.strictObject({
      kind: z.literal('upgrade'),
      number,
      version: label(32),
      build: z.enum(clientBuilds),
      /** Of the build as it is downloaded: an executable, compressed as gzip. */
      sha256: digest,
      /** Made offline; the agent checks it with a key that came with its installation. */
      signature: z.string().max(10_000),
    }),
    z.strictObject({ kind: z.literal('uninstall'), number }),
    z.strictObject({ kind: z.literal('report-facts'), number }),
    /** The folders in one, for who chooses where a restore goes; given only to an agent that says that it knows it. */
    z.strictObject({ kind: z.literal('list-folder'), number, path: absolutePath }),
  ])
  .meta({ id: 'Assignment' })
export type Assignment = Decoded<typeof assignment>

export const assignments = z
  .object({
    assignments: z.array(assignment).max(100),
    /** How long to wait before asking again, when the server has much to do. */
    pauseMs: amount.optional(),
  })
  .meta({ id: 'Assignments' })

/**
 * What came to assignments after the first agents: a kind, a field. One that does not know such a word could read none of
 * the assignments beside it, so it names those that it knows with every call for assignments.
 */
export const laterWords = ['list-folder', 'dry-run'] as const

/** What an agent knows of its machine; 32-bit machines are refused. */
export const machineFacts = z
  .strictObject({
    /** A fingerprint of the machine: an identity that comes from a second one is alarmed (A02). */
    machine: digest,
    hostName: reportedName,
    addresses: z.array(hostName).max(32),
    system: z.enum(systems),
    systemName: label(128),
    architecture: z.enum(architectures),
    clientVersion: label(32),
    volumes: z.array(volume).max(volumesMax),
    databases: z.array(foundDatabase).max(64),
  })
  .meta({ id: 'MachineFacts' })
export type MachineFacts = Decoded<typeof machineFacts>

const jobOfEither = z.union([ids.job, ids.restoreJob])
const endStates = ['COMPLETE', 'PARTIAL_COMPLETE', 'FAILED', 'CANCELED'] as const

const totals = z.strictObject({
  files: amount,
  sourceBytes: amount,
  newBytes: amount,
  storedBytes: amount,
  /** Of a restore (F4): see the totals of a restore job. */
  written: amount.optional(),
  writtenBytes: amount.optional(),
  kept: amount.optional(),
  overwritten: amount.optional(),
  unchanged: amount.optional(),
  freeBytes: amount.optional(),
})

/** `number` counts up from the start of the agent: a message that comes twice counts once. */
const head = { number: amount, at: instant }

export const agentMessage = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('heartbeat'),
      ...head,
      machine: digest,
      clientVersion: label(32),
      status: z.enum(clientStatuses),
      /** All jobs that it accepted and that have not ended: a job that is missing here is given to it again. */
      running: z.array(jobOfEither).max(100),
    }),
    z.strictObject({ kind: z.literal('facts'), ...head, facts: machineFacts }),
    z.strictObject({ kind: z.literal('accepted'), ...head, assignment: number }),
    /** The local policy, or what the agent cannot do. */
    z.strictObject({ kind: z.literal('refused'), ...head, assignment: number, problem }),
    /** The answer to `list-folder`; what may not be listed is `refused`. */
    z.strictObject({
      kind: z.literal('folder'),
      ...head,
      assignment: number,
      names: z.array(folderName).max(foldersMax),
      isWhole: z.boolean(),
    }),
    z.strictObject({ kind: z.literal('progress'), ...head, jobId: jobOfEither, progress }),
    z.strictObject({ kind: z.literal('warning'), ...head, jobId: jobOfEither, text: label(500) }),
    z.strictObject({
      kind: z.literal('report'),
      ...head,
      jobId: jobOfEither,
      list: z.enum(reportLists),
      lines: z.array(reportLine).min(1).max(linesPerMessageMax),
    }),
    z.strictObject({
      kind: z.literal('result'),
      ...head,
      jobId: jobOfEither,
      state: z.enum(endStates),
      counts: z.strictObject({ failed: amount, skipped: amount, inconsistent: amount }),
      totals: totals.optional(),
      problem: problem.optional(),
    }),
  ])
  .meta({ id: 'AgentMessage' })
export type AgentMessage = Decoded<typeof agentMessage>

export const agentMessages = z.strictObject({
  /** A new one at every start of the agent. */
  startId: digest,
  messages: z.array(agentMessage).min(1).max(messagesPerCallMax),
})

export const acknowledgement = z
  .object({
    /** Everything up to this number is kept; the agent may forget it. */
    number: amount,
  })
  .meta({ id: 'Acknowledgement' })

/** The public half of a key that the agent made and keeps, as a PEM. */
const publicKey = z
  .string()
  .max(2_000)
  .regex(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n?$/)

export const enrolment = z.strictObject({
  protocol: z.literal(protocolVersion),
  code: z.string().min(16).max(64),
  publicKey,
  /** As the machine names its architecture: one that is not supported gets a sentence, not a broken schema (A8). */
  facts: machineFacts.extend({ architecture: label(32) }),
})
export type Enrolment = Decoded<typeof enrolment>

export const identity = z
  .object({
    instanceId: ids.instance,
    clientId: ids.client,
    /** PEM; the key of it never left the agent. */
    certificate: z.string(),
    /** PEM; what the agent trusts from now on, and nothing else. */
    authority: z.string(),
    expiresAt: instant,
    /** PEM, Ed25519: what receipts are checked with. The first one that an agent is told is the one that it goes by. */
    receiptKey: z.string().max(2_000).optional(),
    dataAddress: webAddress.optional(),
    heartbeatSeconds: z.int().min(1).max(3_600),
    /** The instance had a client, which may do nothing any more. */
    replaced: z.boolean().optional(),
  })
  .meta({ id: 'Identity' })

export const renewal = z.strictObject({ publicKey, machine: digest })
