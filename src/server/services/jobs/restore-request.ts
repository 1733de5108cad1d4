/** What a restore asks for, as the row of its job keeps it: as it came over the wire (F1 to F4). */
import { assert } from '#base'
import { type RestoreJob, routes } from '#contract'
import type { JsonRecord } from '../../catalog/index.ts'
import { backupRequestFromJson, type WorkLimits } from '../protection/backup-request.ts'
import { fromJson, toJson } from './wire-json.ts'

const shape = routes.restoreJobs.get.answer.schema.pick({
  pointIds: true,
  selection: true,
  targetPath: true,
  conflict: true,
})

export type RestoreRequest = Pick<RestoreJob, 'pointIds' | 'selection' | 'targetPath' | 'conflict'>

export function writeRestoreRequest(request: RestoreRequest, limits: WorkLimits): JsonRecord {
  return { ...toJson(shape, request), limits: { ...limits } }
}

export function readRestoreRequest(record: JsonRecord): RestoreRequest {
  const request = fromJson(shape, record)
  assert(request !== undefined, 'a restore has the request that was written into it')
  return request
}

export function readRestoreLimits(record: JsonRecord): WorkLimits {
  const { limits } = record
  return backupRequestFromJson(limits === undefined ? {} : { limits }).limits
}
