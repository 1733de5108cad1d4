/** Versions, points and what is in them. */
import { z } from 'zod'
import { archiveFormats, pointStatuses } from '../enums/vaults.ts'
import { ids } from '../ids.ts'
import { listQuery, pageQuery } from '../paging.ts'
import * as record from '../records/point.ts'
import { bytes, empty, json, page, route } from '../route.ts'
import { filePath } from '../wire/file-path.ts'
import { instant } from '../wire/instant.ts'
import { amount } from '../wire/text.ts'
import { administrators, backupOperators, owners, readers, restoreOperators } from './rights.ts'

const reading = { callers: readers, scope: 'read', object: 'point', effect: 'none' } as const
/** Trees are content: auditors and backup operators see of names of files what reports of jobs give, and no more. */
const looking = {
  callers: restoreOperators,
  scope: 'restore',
  object: 'point',
  effect: 'none',
} as const

const pattern = z.string().min(1).max(4_096)
const searched = {
  /** As the patterns of policies: `*.txt`, `/etc/<any>/hosts`. */
  pattern,
  kind: z.enum(record.entryKinds).optional(),
  /** Of files; with a size nothing else is found. */
  sizeMin: amount.optional(),
  sizeMax: amount.optional(),
  /** From this instant on, and before the other. */
  modifiedFrom: instant.optional(),
  modifiedUntil: instant.optional(),
}

export const versions = {
  list: route({
    method: 'GET',
    path: '/instances/{instanceId}/versions',
    summary: 'Backup versions of an instance, newest first, also when the instance is gone',
    query: pageQuery({
      vaultId: ids.vault.optional(),
      status: z.enum(pointStatuses).optional(),
      from: instant.optional(),
      until: instant.optional(),
    }),
    answer: page(record.version),
    repeat: 'safe',
    refusals: ['instance.not-found'],
    class: { ...reading, object: 'instance' },
  }),
  get: route({
    method: 'GET',
    path: '/versions/{versionId}',
    summary: 'A backup version and its points',
    answer: json(record.version),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: { ...reading, object: 'version' },
  }),
} as const

export const points = {
  list: route({
    method: 'GET',
    path: '/vaults/{vaultId}/points',
    summary: 'Points of a vault, newest first unless sorted otherwise',
    query: listQuery(['createdAt', 'expiresAt'], {
      instanceId: ids.instance.optional(),
      status: z.enum(pointStatuses).optional(),
      from: instant.optional(),
      until: instant.optional(),
      trashed: z.boolean().optional(),
      held: z.boolean().optional(),
    }),
    answer: page(record.point),
    repeat: 'safe',
    refusals: ['vault.not-found'],
    class: { ...reading, object: 'vault' },
  }),
  get: route({
    method: 'GET',
    path: '/vaults/{vaultId}/points/{pointId}',
    summary: 'A point',
    answer: json(record.point),
    repeat: 'safe',
    refusals: ['vault.not-found', 'point.not-found'],
    class: reading,
  }),
  browse: route({
    method: 'GET',
    path: '/vaults/{vaultId}/points/{pointId}/entries',
    summary: 'Entries of one folder of a point, by name',
    query: pageQuery({ path: filePath.optional() }),
    answer: page(record.entry),
    repeat: 'safe',
    refusals: ['point.not-found', 'path.not-found'],
    class: looking,
  }),
  search: route({
    method: 'GET',
    path: '/vaults/{vaultId}/points/{pointId}/search',
    summary: 'Entries of a point by pattern, size and time',
    query: pageQuery({ ...searched, under: filePath.optional() }),
    answer: page(record.entry),
    repeat: 'safe',
    refusals: ['point.not-found', 'path.not-found', 'search.pattern-refused'],
    class: looking,
  }),
  searchInstance: route({
    method: 'GET',
    path: '/instances/{instanceId}/search',
    summary: 'Entries of all points of an instance by pattern, size and time',
    query: pageQuery(searched),
    answer: page(record.foundEntry),
    repeat: 'safe',
    refusals: ['instance.not-found', 'search.pattern-refused'],
    class: { ...looking, object: 'instance' },
  }),
  fileHistory: route({
    method: 'GET',
    path: '/instances/{instanceId}/file-history',
    summary: 'What became of one path over all points of an instance, the newest first',
    query: pageQuery({ path: filePath }),
    answer: page(record.fileVersion),
    repeat: 'safe',
    refusals: ['instance.not-found'],
    class: { ...looking, object: 'instance' },
  }),
  diff: route({
    method: 'GET',
    path: '/vaults/{vaultId}/points/{pointId}/diff',
    summary: 'What differs between an earlier point and this one',
    query: pageQuery({ since: ids.point, under: filePath.optional() }),
    answer: page(record.entryChange),
    repeat: 'safe',
    refusals: ['point.not-found'],
    class: looking,
  }),
  download: route({
    method: 'GET',
    path: '/vaults/{vaultId}/points/{pointId}/download',
    summary: 'A file as it is, or files and folders as zip or tar.zst',
    query: z.strictObject({
      path: z.array(filePath).min(1).max(100),
      format: z.enum([...archiveFormats, 'file']).optional(),
    }),
    answer: bytes('application/octet-stream'),
    repeat: 'safe',
    refusals: ['point.not-found', 'path.not-found'],
    class: { ...looking, audited: true },
  }),
  preview: route({
    method: 'GET',
    path: '/vaults/{vaultId}/points/{pointId}/preview',
    summary: 'A text or an image as it may be shown, whatever its name says',
    description:
      'What it is, is seen from its bytes: UTF-8 text (the first 256 KiB of it, as text/plain), or an image (PNG, JPEG, GIF, WebP) of at most 8 MiB. Everything else is refused. The answer is of an origin of its own and runs nothing.',
    query: z.strictObject({ path: filePath }),
    answer: bytes('application/octet-stream'),
    repeat: 'safe',
    refusals: ['point.not-found', 'path.not-found', 'preview.refused'],
    class: { ...looking, audited: true },
  }),
  extend: route({
    method: 'POST',
    path: '/vaults/{vaultId}/points/{pointId}/extend',
    summary: 'Keep a point longer; retention is never shortened',
    body: record.extension,
    answer: json(record.point),
    repeat: 'same',
    refusals: ['point.not-found', 'point.retention-refused', 'retention.out-of-range'],
    class: {
      callers: administrators,
      scope: 'administer',
      object: 'point',
      effect: 'extendsOnly',
    },
  }),
  hold: route({
    method: 'POST',
    path: '/vaults/{vaultId}/points/{pointId}/hold',
    summary: 'Keep a point until the hold is released, whatever its date',
    body: record.newHold,
    answer: json(record.point),
    repeat: 'same',
    refusals: ['point.not-found'],
    class: { callers: backupOperators, scope: 'backup', object: 'point', effect: 'extendsOnly' },
  }),
  releaseHold: route({
    method: 'POST',
    path: '/vaults/{vaultId}/points/{pointId}/release-hold',
    summary: 'Release the hold of a point; its own date counts again, and the lock with it',
    body: record.holdRelease,
    answer: json(record.point),
    repeat: 'same',
    refusals: ['point.not-found'],
    class: { callers: owners, scope: 'administer', object: 'point', effect: 'mayEndPoints' },
  }),
  remove: route({
    method: 'DELETE',
    path: '/vaults/{vaultId}/points/{pointId}',
    summary: 'Put a point that is neither locked nor held into the trash',
    answer: empty,
    repeat: 'same',
    refusals: ['vault.not-found', 'point.not-found', 'point.locked'],
    class: {
      callers: administrators,
      scope: 'administer',
      object: 'point',
      effect: 'mayEndPoints',
    },
  }),
} as const
