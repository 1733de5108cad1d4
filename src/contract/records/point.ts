/** Versions, points, and what is inside them. */
import { z } from 'zod'
import { pointStatuses } from '../enums/vaults.ts'
import { ids } from '../ids.ts'
import { entryName, filePath } from '../wire/file-path.ts'
import type { Decoded } from '../wire/frozen.ts'
import { fileInstant, instant } from '../wire/instant.ts'
import { amount, label } from '../wire/text.ts'

export const entryKinds = [
  'file',
  'directory',
  'symlink',
  'fifo',
  'socket',
  'charDevice',
  'blockDevice',
] as const

export const hold = z.object({ reason: label(255), at: instant.optional() }).meta({ id: 'Hold' })

export const point = z
  .object({
    pointId: ids.point,
    vaultId: ids.vault,
    versionId: ids.version,
    instanceId: ids.instance,
    /** The volume: where its root was on the instance. */
    path: filePath,
    status: z.enum(pointStatuses),
    createdAt: instant,
    /** Absent: for ever. It only ever grows (L4). */
    expiresAt: instant.optional(),
    locked: z.boolean(),
    holds: z.array(hold).max(64),
    /** The rolling hold of the newest version (C6). */
    keptAsNewest: z.boolean(),
    trashedUntil: instant.optional(),
    files: amount,
    sourceBytes: amount,
    newBytes: amount,
    storedBytes: amount,
    failureCount: amount,
  })
  .meta({ id: 'Point' })
export type Point = Decoded<typeof point>

export const version = z
  .object({
    versionId: ids.version,
    instanceId: ids.instance,
    vaultId: ids.vault,
    /** Absent after the catalog was rebuilt from the vaults. */
    jobId: ids.job.optional(),
    status: z.enum(pointStatuses),
    createdAt: instant,
    expiresAt: instant.optional(),
    points: z.array(point).max(256),
    files: amount,
    sourceBytes: amount,
    newBytes: amount,
    storedBytes: amount,
  })
  .meta({ id: 'Version' })
export type Version = Decoded<typeof version>

export const entry = z
  .object({
    name: entryName,
    path: filePath,
    kind: z.enum(entryKinds),
    size: amount,
    /** Permission bits. */
    mode: z.int().min(0).max(0o7777),
    uid: amount,
    gid: amount,
    user: z.string().max(255),
    group: z.string().max(255),
    modifiedAt: fileInstant,
    /** It changed while it was read (B6). */
    inconsistent: z.boolean(),
    linkTarget: filePath.optional(),
    /** Of a directory: everything below it. */
    below: z.object({ entries: amount, bytes: amount }).optional(),
  })
  .meta({ id: 'Entry' })
export type Entry = Decoded<typeof entry>

/** The newest point that has this state of the entry. */
export const foundEntry = z
  .object({
    vaultId: ids.vault,
    pointId: ids.point,
    versionId: ids.version,
    createdAt: instant,
    /** Points that have it, this one among them, of those that are searched together: it may be found again in older ones. */
    pointCount: amount,
    entry,
  })
  .meta({ id: 'FoundEntry' })
export type FoundEntry = Decoded<typeof foundEntry>

export const entryChange = z
  .object({
    path: filePath,
    /** `unread`: one of the points could not read it, so nobody knows whether it was there (B6). */
    change: z.enum(['added', 'removed', 'changed', 'unread']),
    unreadIn: z.enum(['before', 'after']).optional(),
    /** What differs, of an entry in both points. */
    facets: z.array(z.enum(['content', 'kind', 'attributes'])).optional(),
    before: entry.optional(),
    after: entry.optional(),
  })
  .meta({ id: 'EntryChange' })
export type EntryChange = Decoded<typeof entryChange>

/** A run of points in which a path was the same. */
export const fileVersion = z
  .object({
    vaultId: ids.vault,
    /** Absent where the path was not there. */
    entry: entry.optional(),
    /** Absent since it could not be read: it may have been there (B6). */
    unread: z.boolean(),
    firstPointId: ids.point,
    firstAt: instant,
    lastPointId: ids.point,
    lastAt: instant,
    pointCount: amount,
  })
  .meta({ id: 'FileVersion' })
export type FileVersion = Decoded<typeof fileVersion>

export const extension = z.strictObject({
  /** Later than now kept; absent: for ever. */
  until: instant.optional(),
})

export const newHold = z.strictObject({ reason: label(255) })
export const holdRelease = z.strictObject({ reason: label(255) })
