/** Instances, what their clients report, activation codes, and answers to bulk calls. */
import { z } from 'zod'
import {
  architectures,
  clientStatuses,
  databaseKinds,
  deploymentWays,
  instanceKinds,
  instanceStates,
  protectionMethods,
  systems,
} from '../enums/instances.ts'
import { runningStatuses } from '../enums/jobs.ts'
import { priorities } from '../enums/plans.ts'
import { ids } from '../ids.ts'
import { clientBuilds } from '../path-parameters.ts'
import { problem } from '../problem.ts'
import { absolutePath, folderName } from '../wire/file-path.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant } from '../wire/instant.ts'
import {
  amount,
  digest,
  hostName,
  label,
  loginName,
  prose,
  reportedName,
  tags,
} from '../wire/text.ts'
import { alertChoice, alertChoiceChange, namesChannels } from './alert-choice.ts'

/** Installs and uninstalls at most this many in a call (A2). */
export const installsPerCallMax = 20
export const upgradesPerCallMax = 100
export const volumesMax = 256
/** Names in one answer about a folder; who looks for another one types it. */
export const foldersMax = 2_000

export const volume = z
  .object({
    path: absolutePath,
    device: label(255).optional(),
    fileSystem: label(64),
    totalBytes: amount,
    usedBytes: amount,
    /** Block storage that is attached here; everything else is not backed up by Essential (B1). */
    local: z.boolean(),
  })
  .meta({ id: 'Volume' })
export type Volume = Decoded<typeof volume>

/** A data directory of a database: copying its files gives no consistent backup (B7). */
export const foundDatabase = z
  .object({ kind: z.enum(databaseKinds), path: absolutePath, running: z.boolean() })
  .meta({ id: 'FoundDatabase' })

export const client = z
  .object({
    clientId: ids.client.optional(),
    status: z.enum(clientStatuses),
    version: label(32).optional(),
    /** A newer one is served. */
    upgradable: z.boolean(),
    lastSeenAt: instant.optional(),
    /** Why installing, upgrading or uninstalling failed. */
    problem: problem.optional(),
    // Absent until there is a client.
    alertSetting: alertChoice.alertSetting.optional(),
    alertChannelIds: alertChoice.alertChannelIds.optional(),
  })
  .meta({ id: 'Client' })
export type Client = Decoded<typeof client>

export const instance = z
  .object({
    instanceId: ids.instance,
    regionId: ids.region,
    name: label(128),
    kind: z.enum(instanceKinds),
    state: z.enum(instanceStates),
    // Absent until its client was heard from.
    system: z.enum(systems).optional(),
    architecture: z.enum(architectures).optional(),
    systemName: label(128).optional(),
    hostName: reportedName.optional(),
    addresses: z.array(hostName).max(32),
    tags,
    client,
    protection: z.enum(protectionMethods),
    runningStatus: z.enum(runningStatuses),
    priority: z.enum(priorities).optional(),
    planId: ids.plan.optional(),
    vaultId: ids.vault.optional(),
    volumes: z.array(volume).max(volumesMax),
    /** Total size of the attached block storage (G1, H5). */
    capacityBytes: amount,
    databases: z.array(foundDatabase).max(64),
    versionCount: amount,
    lastBackupAt: instant.optional(),
    nextBackupAt: instant.optional(),
    createdAt: instant,
    releasedAt: instant.optional(),
  })
  .meta({ id: 'Instance' })
export type Instance = Decoded<typeof instance>

/** What a list of instances, or a call about many of them, is narrowed by. */
export const instanceFilters = {
  regionId: ids.region.optional(),
  vaultId: ids.vault.optional(),
  state: z.array(z.enum(instanceStates)).max(instanceStates.length).optional(),
  clientStatus: z.array(z.enum(clientStatuses)).max(clientStatuses.length).optional(),
  runningStatus: z.array(z.enum(runningStatuses)).max(runningStatuses.length).optional(),
  protection: z.array(z.enum(protectionMethods)).max(protectionMethods.length).optional(),
  system: z.enum(systems).optional(),
  hasVersion: z.boolean().optional(),
  /** `key` or `key=value`; an instance carries all of them. */
  tag: z.array(label(257)).max(20).optional(),
  /** Part of the name, the host name or an address. */
  search: label(200).optional(),
} as const

export const instanceFilter = z.strictObject(instanceFilters).meta({ id: 'InstanceFilter' })
export type InstanceFilter = Decoded<typeof instanceFilter>

export const instanceChange = z
  .strictObject({ name: label(128).optional(), tags: tags.optional(), ...alertChoiceChange })
  .refine(namesChannels, 'alertChannelIds goes with alertSetting custom')

/** Push over SSH (A2): the host must be known by its key, and no option of ssh can be given. */
export const sshAccess = z.strictObject({
  host: hostName,
  port: z.int().min(1).max(65_535).optional(),
  user: loginName,
  /** The key that the server was given by its configuration; secrets never come through the API. */
  keyName: label(64),
  hostKeyDigest: digest,
})

/** What a machine shows of itself before anybody trusts it. */
export const hostKey = z
  .object({
    /** For `hostKeyDigest` of the access, once somebody has compared it. */
    hostKeyDigest: digest,
    /** As `ssh-keygen -l` on the machine prints it. */
    fingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/),
    type: label(64),
  })
  .meta({ id: 'HostKey' })

export const clientManifest = z
  .object({
    version: label(32),
    /** PEM, Ed25519: what the signatures are checked with. A client goes by the one that came with its installation. */
    publicKey: z.string().max(2_000),
    builds: z
      .array(
        z.object({
          build: z.enum(clientBuilds),
          /** Of the build as it is downloaded. */
          bytes: amount,
          sha256: digest,
          /** Base64, of `encodeBuildStatement`. */
          signature: z.string().max(10_000),
        }),
      )
      .max(clientBuilds.length),
  })
  .meta({ id: 'ClientManifest' })
export type ClientManifest = Decoded<typeof clientManifest>

export const newInstance = z.strictObject({
  regionId: ids.region,
  name: label(128),
  kind: z.enum(instanceKinds).optional(),
  tags: tags.optional(),
  ssh: sshAccess.optional(),
})

/** Which instances a bulk call is about; each gets its own result. */
export const instanceChoice = (max: number) =>
  z.strictObject({ instanceIds: z.array(ids.instance).min(1).max(max) })

export const activation = instanceChoice(installsPerCallMax).extend({
  /** The region's default vault when absent. */
  vaultId: ids.vault.optional(),
  priority: z.enum(priorities).exclude(['custom']).optional().meta({ default: 'low' }),
})

/**
 * What a bulk call did for one instance. `problem` carries the original names InstanceNotExists, InstanceNotRunning and
 * AgentChannelUnavailable for the pre-checks of A2.
 */
export const instanceResult = z
  .object({
    instanceId: ids.instance,
    accepted: z.boolean(),
    way: z.enum(deploymentWays).optional(),
    planId: ids.plan.optional(),
    problem: problem.optional(),
  })
  .meta({ id: 'InstanceResult' })
export type InstanceResult = Decoded<typeof instanceResult>

export const instanceResults = z
  .object({ results: z.array(instanceResult).max(upgradesPerCallMax) })
  .meta({ id: 'InstanceResults' })

export const uninstallation = instanceChoice(installsPerCallMax)
export const upgrade = instanceChoice(upgradesPerCallMax)

/** D7: whether a daily run fits into its day, told before activation. */
export const windowForecast = z
  .object({
    instanceId: ids.instance,
    sourceBytes: amount,
    byPriority: z.array(
      z.object({
        priority: z.enum(priorities),
        fits: z.boolean(),
        expectedMs: amount,
        /** Daily versions that 30 days of retention will hold. */
        versions: amount,
      }),
    ),
    from: z.enum(['history', 'size']),
    /** The lowest priority whose daily run fits; absent when none does. */
    advised: z.enum(priorities).optional(),
  })
  .meta({ id: 'WindowForecast' })

/** Folders that a restore may go into, or that lead to one: nothing else of the machine is named. */
export const folderList = z
  .object({
    path: absolutePath,
    /** In the order of their bytes. */
    folders: z.array(z.object({ name: folderName })).max(foldersMax),
    /** False: there are more than are listed. */
    isWhole: z.boolean(),
  })
  .meta({ id: 'FolderList' })
export type FolderList = Decoded<typeof folderList>

export const activationCode = z
  .object({
    codeId: ids.code,
    regionId: ids.region,
    instanceId: ids.instance.optional(),
    note: prose(255),
    createdAt: instant,
    /** 15 minutes after it was made. */
    expiresAt: instant,
    usedAt: instant.optional(),
    /** The client that the machine has by it. */
    usedBy: ids.client.optional(),
  })
  .meta({ id: 'ActivationCode' })

export const newActivationCode = z.strictObject({
  regionId: ids.region,
  /** For an instance that is on the list already; else a new one comes on it. */
  instanceId: ids.instance.optional(),
  /** Activate Essential backup as soon as the client is there (A1). */
  activate: z.boolean().optional(),
  vaultId: ids.vault.optional(),
  note: prose(255).optional(),
})

export const activationCodeWithSecret = z
  .object({
    activationCode,
    /** Shown this once. */
    secret: z.string(),
    /** One line for a shell on the instance. */
    command: z.string(),
  })
  .meta({ id: 'ActivationCodeWithSecret' })
