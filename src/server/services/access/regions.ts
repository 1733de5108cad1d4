/** Regions of an account (H1): each has its own vaults and may have its own address for data. */
import { failure } from '#base'
import {
  createRegion,
  findRegion,
  listRegions,
  type Region,
  updateRegion,
} from '../../catalog/accounts/accounts.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageOfList } from '../../list-page.ts'
import { regionRecord } from './records.ts'

export const regionsPerAccountMax = 200

export function regionHandlers(kernel: ServerKernel): HandlersOf<'regions'> {
  const { db } = kernel.catalog
  return {
    list: async ({ query }, { identity }) => {
      const regions = await listRegions(db, accountOf(identity))
      const keyOf = ({ name, id }: Region) => [name, id] as const
      const page = pageOfList(regions, { list: 'regions', keyOf }, query)
      return { ...page, items: page.items.map(regionRecord), total: regions.length }
    },
    create: async ({ body }, { identity }) => {
      const accountId = accountOf(identity)
      if ((await listRegions(db, accountId)).length >= regionsPerAccountMax) {
        throw failure('quota.exceeded', { quota: 'number of regions', limit: regionsPerAccountMax })
      }
      const { regionId: id, name, description = '', dataAddress: dataUrl = null } = body
      const createdAt = kernel.wallMs()
      const region = { id, accountId, name, description, controlUrl: null, dataUrl, createdAt }
      if (!(await createRegion(db, region))) {
        throw failure('record.exists', { kind: 'region', name: id })
      }
      return regionRecord(region)
    },
    get: async ({ path }, { identity }) =>
      found(path.regionId, await findRegion(db, accountOf(identity), path.regionId)),
    update: async ({ path, body }, { identity }) => {
      const { name, description, dataAddress: dataUrl } = body
      const of = { accountId: accountOf(identity), id: path.regionId }
      return found(path.regionId, await updateRegion(db, of, { name, description, dataUrl }))
    },
  }
}

function found(id: string, region: Region | undefined): ReturnType<typeof regionRecord> {
  if (region === undefined) throw failure('record.not-found', { kind: 'region', id })
  return regionRecord(region)
}
