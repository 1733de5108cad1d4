/** Instances, activation of one or many, and the clients on them. */
import { z } from 'zod'
import { ids } from '../ids.ts'
import { listQuery, pageQuery } from '../paging.ts'
import * as record from '../records/instance.ts'
import { cancelProposal, confirmed } from '../records/plan.ts'
import { accepted, bytes, created, empty, json, page, route, text } from '../route.ts'
import { absolutePath } from '../wire/file-path.ts'
import { hostName } from '../wire/text.ts'
import { administrators, anyone, backupOperators, readers, restoreOperators } from './rights.ts'

const reading = { callers: readers, scope: 'read', object: 'instance', effect: 'none' } as const
const operating = {
  callers: backupOperators,
  scope: 'backup',
  object: 'instance',
  effect: 'none',
} as const

export const instances = {
  list: route({
    method: 'GET',
    path: '/instances',
    summary: 'Instances: filtered, searched, sorted, paged',
    query: listQuery(
      ['name', 'createdAt', 'lastBackupAt', 'nextBackupAt', 'capacityBytes'],
      record.instanceFilters,
    ),
    answer: page(record.instance),
    repeat: 'safe',
    class: { ...reading, object: 'account' },
  }),
  create: route({
    method: 'POST',
    path: '/instances',
    summary: 'Put an instance on the list',
    body: record.newInstance,
    answer: created(record.instance),
    repeat: 'key',
    refusals: ['record.not-found', 'record.exists'],
    class: { ...operating, object: 'account' },
  }),
  get: route({
    method: 'GET',
    path: '/instances/{instanceId}',
    summary: 'An instance',
    answer: json(record.instance),
    repeat: 'safe',
    refusals: ['instance.not-found'],
    class: reading,
  }),
  update: route({
    method: 'PATCH',
    path: '/instances/{instanceId}',
    summary: 'Change name, tags or alert setting of an instance',
    body: record.instanceChange,
    answer: json(record.instance),
    repeat: 'same',
    refusals: ['instance.not-found'],
    // Tags bind and unbind, and who is unbound keeps no last version.
    class: { ...operating, effect: 'mayEndPoints' },
  }),
  activate: route({
    method: 'POST',
    path: '/instances/activate',
    summary: 'Activate Essential backup on one or many instances; each has its own result',
    description:
      'Installs the client where it is missing. Pre-checks per instance: InstanceNotExists, InstanceNotRunning, AgentChannelUnavailable.',
    body: record.activation,
    answer: accepted(record.instanceResults),
    repeat: 'key',
    refusals: [
      'instance.not-found',
      'instance.not-running',
      'agent.unreachable',
      'instance.unsupported',
      'plan.other-method',
    ],
    class: operating,
  }),
  upgradeClients: route({
    method: 'POST',
    path: '/instances/upgrade',
    summary: 'Upgrade the clients of up to 100 instances to the version that the server has',
    body: record.upgrade,
    answer: accepted(record.instanceResults),
    repeat: 'key',
    refusals: ['instance.not-found', 'client.not-installed', 'agent.unreachable'],
    class: operating,
  }),
  uninstallClients: route({
    method: 'POST',
    path: '/instances/uninstall',
    summary: 'Uninstall the clients of up to 20 instances; backup points stay',
    body: record.uninstallation,
    answer: accepted(record.instanceResults),
    repeat: 'key',
    refusals: ['instance.not-found', 'client.not-installed', 'agent.unreachable'],
    class: operating,
  }),
  revokeClient: route({
    method: 'POST',
    path: '/instances/{instanceId}/revoke-client',
    summary: 'Revoke the identity of a client at once; it is refused at the next byte',
    answer: empty,
    repeat: 'same',
    refusals: ['instance.not-found'],
    class: { ...operating, callers: administrators, scope: 'administer' },
  }),
  proposeRemoval: route({
    method: 'GET',
    path: '/instances/{instanceId}/removal',
    summary: 'What deleting an instance would end, and the confirmation to type',
    answer: json(cancelProposal),
    repeat: 'safe',
    refusals: ['instance.not-found'],
    class: reading,
  }),
  remove: route({
    method: 'POST',
    path: '/instances/{instanceId}/removal',
    summary: 'Delete an instance; locked points stay until they expire, others go to the trash',
    body: confirmed,
    answer: empty,
    repeat: 'same',
    refusals: ['instance.not-found', 'client.seen-recently', 'confirmation.wrong'],
    class: {
      ...operating,
      callers: administrators,
      scope: 'administer',
      effect: 'mayEndPoints',
    },
  }),
  folders: route({
    method: 'GET',
    path: '/instances/{instanceId}/folders',
    summary: 'The folders in a folder of the running machine, where a restore may go',
    description:
      'Asked of the client at once, which lists what its local policy lets a restore reach, and no files. Waits up to 15 seconds. A newer call of the same user for the instance ends an older one.',
    query: z.strictObject({ path: absolutePath }),
    answer: json(record.folderList),
    repeat: 'safe',
    refusals: [
      'instance.not-found',
      'instance.not-running',
      'agent.unreachable',
      'agent.cannot',
      'agent.policy-refused',
      'agent.policy-unusable',
      'target.not-found',
      'target.not-folder',
      'folder.unreadable',
      'folder.superseded',
      'request.too-many',
      'server.busy',
    ],
    class: { ...reading, callers: restoreOperators, scope: 'restore', audited: true },
  }),
  forecastWindow: route({
    method: 'GET',
    path: '/instances/{instanceId}/window-forecast',
    summary: 'Whether a daily run fits into a day, for each priority (D7)',
    answer: json(record.windowForecast),
    repeat: 'safe',
    refusals: ['instance.not-found'],
    class: reading,
  }),
} as const

export const activationCodes = {
  list: route({
    method: 'GET',
    path: '/activation-codes',
    summary: 'Activation codes that were made, without their secrets',
    query: pageQuery({ regionId: ids.region.optional() }),
    answer: page(record.activationCode),
    repeat: 'safe',
    class: { ...reading, object: 'account' },
  }),
  create: route({
    method: 'POST',
    path: '/activation-codes',
    summary: 'Make an activation code: for one use, within 15 minutes',
    body: record.newActivationCode,
    answer: created(record.activationCodeWithSecret),
    repeat: 'once',
    refusals: ['record.not-found', 'instance.not-found'],
    class: { ...operating, object: 'account' },
  }),
  revoke: route({
    method: 'DELETE',
    path: '/activation-codes/{codeId}',
    summary: 'Revoke an activation code that was not used',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...operating, object: 'code' },
  }),
} as const

const handedOut = { callers: anyone, scope: undefined, object: 'nothing', effect: 'none' } as const

export const distribution = {
  installer: route({
    method: 'GET',
    path: '/install.sh',
    atRoot: true,
    summary: 'The installer of the client, a shell script; it holds no secret',
    answer: text('text/x-shellscript'),
    repeat: 'safe',
    class: handedOut,
  }),
  manifest: route({
    method: 'GET',
    path: '/client/manifest',
    summary: 'Versions, digests and signatures of the client builds that this server hands out',
    answer: json(record.clientManifest),
    repeat: 'safe',
    class: handedOut,
  }),
  build: route({
    method: 'GET',
    path: '/client/{clientBuild}',
    summary: 'A build of the client: an executable, compressed as gzip',
    answer: bytes('application/gzip'),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: handedOut,
  }),
  findHostKey: route({
    method: 'GET',
    path: '/client/host-key',
    summary: 'The key by which a machine answers over SSH, to be compared before it is trusted',
    query: z.strictObject({ host: hostName, port: z.int().min(1).max(65_535).optional() }),
    answer: json(record.hostKey),
    repeat: 'safe',
    refusals: ['push.unreachable', 'push.not-ssh'],
    class: { callers: administrators, scope: 'administer', object: 'account', effect: 'none' },
  }),
} as const
