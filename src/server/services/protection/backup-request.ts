/** What a backup job asks of its agent and of the server that commits it; written into the job when it is made. */
import { type HookNames, type Priority, priorities } from '#contract'
import { JsonFields, priorityLimits } from '#engine'
import type { JsonRecord } from '../../catalog/database/codec.ts'
import {
  hooksFromJson,
  hooksToJson,
  type Sources,
  sourcesFromJson,
  sourcesToJson,
} from './plan-terms.ts'

/** D3; what is undefined has no limit. */
export type WorkLimits = {
  readonly bytesPerSecondMax?: number
  readonly coresMax?: number
  readonly memoryBytesMax?: number
}

export type BackupRequest = {
  /** Undefined: every local volume, without system directories (B1, B2). */
  readonly sources: Sources | undefined
  readonly priority: Priority
  readonly limits: WorkLimits
  /** Names of the agent's own hooks (A21). */
  readonly hooks: HookNames
  /** Of the points that it makes, fixed when they are made (C5); null: permanent. */
  readonly retentionDays: number | null
}

export function limitsOf(priority: Priority): WorkLimits {
  if (priority === 'custom') return {}
  const { bytesPerSecondMax, coresMax } = priorityLimits[priority]
  return { bytesPerSecondMax, coresMax }
}

export function backupRequestToJson(request: BackupRequest): JsonRecord {
  const { sources, priority, limits, hooks, retentionDays } = request
  return {
    ...(sources === undefined ? {} : { sources: sourcesToJson(sources) }),
    priority,
    limits: { ...limits },
    hooks: hooksToJson(hooks),
    retentionDays,
  }
}

/** @throws object.damaged */
export function backupRequestFromJson(record: JsonRecord): BackupRequest {
  const fields = new JsonFields(record, 'job')
  return {
    sources: fields.has('sources') ? sourcesFromJson(fields.record('sources')) : undefined,
    priority: fields.has('priority') ? fields.oneOf('priority', priorities) : 'low',
    limits: fields.has('limits') ? readLimits(fields.record('limits')) : {},
    hooks: fields.has('hooks') ? hooksFromJson(fields.record('hooks')) : {},
    retentionDays: fields.has('retentionDays') ? fields.integer('retentionDays') : null,
  }
}

function readLimits(fields: JsonFields): WorkLimits {
  return {
    ...(fields.has('bytesPerSecondMax')
      ? { bytesPerSecondMax: fields.integer('bytesPerSecondMax') }
      : {}),
    ...(fields.has('coresMax') ? { coresMax: fields.integer('coresMax') } : {}),
    ...(fields.has('memoryBytesMax') ? { memoryBytesMax: fields.integer('memoryBytesMax') } : {}),
  }
}
