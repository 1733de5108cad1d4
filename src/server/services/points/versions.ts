/** Backup versions: what each job made, also when the instance is gone. */
import { failure } from '#base'
import { findInstance, findVersionById, listVersions } from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import { versionRecords } from './point-records.ts'

export function versionsHandlers(kernel: ServerKernel): HandlersOf<'versions'> {
  const { db } = kernel.catalog
  return {
    async list({ path, query }, { identity, signal }) {
      const accountId = accountOf(identity)
      const { instanceId } = path
      const instance = await findInstance(db, instanceId)
      if (instance?.accountId !== accountId)
        throw failure('instance.not-found', { instance: instanceId })
      const filter = {
        accountId,
        instanceId,
        vaultId: query.vaultId,
        statuses: query.status === undefined ? undefined : [query.status],
        createdFrom: query.from,
        createdBefore: query.until,
      }
      const page = await listVersions(db, filter, pageRequestOf(query))
      return pageAnswer(await versionRecords(kernel, page.items, signal), page.next)
    },

    async get({ path }, { identity, signal }) {
      const { versionId } = path
      const row = await findVersionById(db, accountOf(identity), versionId)
      const [version] = row === undefined ? [] : await versionRecords(kernel, [row], signal)
      if (version === undefined)
        throw failure('record.not-found', { kind: 'version', id: versionId })
      return version
    },
  }
}
