/** Vaults, and what may be said about their locks. */
import { z } from 'zod'
import {
  keyHolders,
  lockStates,
  lockTiers,
  redundancies,
  searchIndexes,
  vaultKinds,
  vaultStates,
} from '../enums/vaults.ts'
import { ids } from '../ids.ts'
import { problem } from '../problem.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant } from '../wire/instant.ts'
import { amount, confirmation, label, prose, sentence, tags } from '../wire/text.ts'
import { alertChoice, alertChoiceChange, namesChannels } from './alert-choice.ts'

/** What may be said about a lock at each tier (reliability 5.3), and nothing stronger. */
export const tierSentences = {
  T0: 'No account of this product can delete what is locked. Whoever administers the host or the storage still can.',
  T1: 'No account of this product and no administrator of the backup service can delete what is locked. Local root on the vault host still can.',
  T2: 'What is locked cannot be deleted by any account or method before its retention ends, as enforced by the store.',
  T3: 'What is locked cannot be deleted by any account or method before its retention ends; two vaults under disjoint administrators hold it.',
} as const

export const vaultLock = z
  .object({
    state: z.enum(lockStates),
    tier: z.enum(lockTiers),
    /** Shown wherever the lock is shown. */
    tierSentence: sentence,
    /** While pending: until when the setting, not a deletion, can be taken back. */
    pendingUntil: instant.optional(),
    lockedPointCount: amount,
    /** Backups of the server itself that are kept too. No list of points shows them, and no other count has them. */
    serverBackupCount: amount,
    lastLockEndsAt: instant.optional(),
  })
  .meta({ id: 'VaultLock' })

export const vault = z
  .object({
    vaultId: ids.vault,
    regionId: ids.region,
    name: label(64),
    description: prose(255),
    /** The name that the server's configuration has for where it lies. */
    storage: sentence.optional(),
    kind: z.enum(vaultKinds),
    state: z.enum(vaultStates),
    problem: problem.optional(),
    redundancy: z.enum(redundancies),
    keyHolder: z.enum(keyHolders),
    lock: vaultLock,
    retentionDaysMin: amount.optional(),
    retentionDaysMax: amount.optional(),
    /** Agents may learn whether others have stored the same content; saves network (decision 6). */
    shareOverNetwork: z.boolean(),
    searchIndex: z.enum(searchIndexes),
    quotaBytes: amount.optional(),
    storedBytes: amount,
    sourceBytes: amount,
    /** What was new in its points when they were made: read, sent, and not yet compressed. */
    newBytes: amount,
    pointCount: amount,
    instanceCount: amount,
    /** What the server does for it each day: expiry and garbage collection. Absent: nothing yet. */
    upkeep: z
      .object({
        doneAt: instant.optional(),
        dueAt: instant,
        /** Why the last try failed. */
        problem: sentence.optional(),
      })
      .optional(),
    /** It is to be deleted then, unless somebody keeps it. */
    deletionDueAt: instant.optional(),
    /** Another process owns it now; sessions go there. */
    ownedElsewhere: z.boolean(),
    ...alertChoice,
    tags,
    createdAt: instant,
  })
  .meta({ id: 'Vault' })
export type Vault = Decoded<typeof vault>

/** Names of the server's configuration; where they lead is not told. */
export const vaultStorages = z.object({ names: z.array(sentence) }).meta({ id: 'VaultStorages' })
export type VaultStorages = Decoded<typeof vaultStorages>

export const newVault = z.strictObject({
  regionId: ids.region,
  name: label(64),
  description: prose(255).optional(),
  /** A place that the server's configuration names; no route takes a path or a key of a store. */
  storage: label(64).optional(),
  redundancy: z.enum(redundancies).optional(),
  keyHolder: z.enum(keyHolders).optional(),
  lock: z.enum(['off', 'governed', 'compliance']).optional(),
  retentionDaysMin: z.int().min(1).optional(),
  retentionDaysMax: z.int().min(1).optional(),
  quotaBytes: amount.optional(),
  searchIndex: z.enum(searchIndexes).optional(),
  tags: tags.optional(),
})

export const vaultChange = z
  .strictObject({
    name: label(64).optional(),
    description: prose(255).optional(),
    shareOverNetwork: z.boolean().optional(),
    /** Null: no quota any more. */
    quotaBytes: amount.nullable().optional(),
    searchIndex: z.enum(searchIndexes).optional(),
    ...alertChoiceChange,
    tags: tags.optional(),
  })
  .refine(namesChannels, 'alertChannelIds goes with alertSetting custom')

/** What raising a lock would cover (L2). */
export const lockProposal = z
  .object({
    from: z.enum(lockStates),
    to: z.enum(lockStates),
    pointCount: amount,
    lastLockEndsAt: instant.optional(),
    tier: z.enum(lockTiers),
    tierSentence: sentence,
    says: z.array(sentence),
    confirmation,
  })
  .meta({ id: 'LockProposal' })
export type LockProposal = Decoded<typeof lockProposal>

export const lockRaise = z.strictObject({ to: z.enum(['governed', 'compliance']), confirmation })

export const vaultRemovalProposal = z
  .object({
    vaultId: ids.vault,
    pointCount: amount,
    lockedPointCount: amount,
    /** Backups of the server itself that keep the vault as well; also what is locked the longest may be one of them. */
    serverBackupCount: amount,
    lastLockEndsAt: instant.optional(),
    removableAt: instant.optional(),
    confirmation,
  })
  .meta({ id: 'VaultRemovalProposal' })
export type VaultRemovalProposal = Decoded<typeof vaultRemovalProposal>
