/** Points and what is in them: handlers of the routes. Every look inside does a bounded amount of work. */
import { type ByteString, byteStringFromText, failure } from '#base'
import type { VaultId } from '#contract'
import { findVault, listPointPage } from '../../catalog/index.ts'
import type { ByteReply, CallContext, HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import { notedPaths } from '../../noted-paths.ts'
import type { Notices } from '../../notices.ts'
import { browseFolder, type EntryPage } from './browse-folder.ts'
import { type OpenArchive, openDownload } from './download.ts'
import { DownloadPlaces } from './download-places.ts'
import { fileHistory } from './file-history.ts'
import { type folderPath, type OpenPoint, openPoint, withPoint } from './open-point.ts'
import { listChanges } from './point-changes.ts'
import { extendPoint, getPointRow, holdPoint, releasePoint, removePoint } from './point-marks.ts'
import { pointRecord, surroundingsOf } from './point-records.ts'
import { openPreview } from './preview.ts'
import type { SearchConditions } from './search-entries.ts'
import { searchInstance } from './search-instance.ts'
import { searchPoint } from './search-point.ts'
import { browseLimits, searchLimits, WorkBudget } from './work-budget.ts'

export type PointsPorts = {
  readonly kernel: ServerKernel
  readonly notices: Notices
  readonly openArchive: OpenArchive
}

type Handlers = HandlersOf<'points'>
type Place = Parameters<typeof getPointRow>[1]

export function pointsHandlers(ports: PointsPorts): Handlers {
  return { ...listing(ports), ...looking(ports), ...across(ports), ...changing(ports) }
}

function listing({ kernel }: PointsPorts): Pick<Handlers, 'list' | 'get'> {
  return {
    async list({ path, query }, { identity, signal }) {
      const accountId = accountOf(identity)
      const { vaultId } = path
      await assertVault(kernel, vaultId, { identity })
      const filter = {
        accountId,
        vaultId,
        instanceId: query.instanceId,
        status: query.status,
        createdFrom: query.from,
        createdBefore: query.until,
        trashed: query.trashed,
        held: query.held,
      }
      const request = { ...pageRequestOf(query), sort: query.sort }
      const page = await listPointPage(kernel.catalog.db, filter, request)
      const around = await surroundingsOf(kernel, page.items, signal)
      return pageAnswer(
        page.items.map((row) => pointRecord(row, around)),
        page.next,
      )
    },

    async get({ path }, context) {
      await assertVault(kernel, path.vaultId, context)
      return await showPoint(kernel, path, context)
    },
  }
}

function looking({
  kernel,
  openArchive,
}: PointsPorts): Pick<Handlers, 'browse' | 'search' | 'diff' | 'download' | 'preview'> {
  const downloads = new DownloadPlaces()
  const sent = async (
    { vaultId, pointId }: Place,
    { identity, signal }: CallContext,
    open: (opened: OpenPoint & AsyncDisposable) => Promise<ByteReply>,
  ): Promise<ByteReply> => {
    const of = { vaultId, accountId: accountOf(identity) }
    const place = await downloads.enter(kernel, of, signal)
    try {
      return await open({ ...openPoint(place.reading, pointId), ...disposing(place) })
    } catch (problem) {
      await place[Symbol.asyncDispose]()
      throw problem
    }
  }
  return {
    async browse({ path, query }, context) {
      const { signal } = context
      await getPointRow(kernel, path, context)
      const request = { path: query.path, ...pageRequestOf(query) }
      const budget = new WorkBudget(kernel.clock, browseLimits)
      return answerOf(
        await withPoint(kernel, path, (it) => browseFolder(it, request, budget, signal), signal),
      )
    },

    async search({ path, query }, context) {
      const { signal } = context
      await getPointRow(kernel, path, context)
      const request = {
        conditions: conditionsOf(query),
        under: query.under,
        ...pageRequestOf(query),
      }
      const budget = new WorkBudget(kernel.clock, searchLimits)
      return answerOf(
        await withPoint(kernel, path, (it) => searchPoint(it, request, budget, signal), signal),
      )
    },

    async diff({ path, query }, context) {
      const { signal } = context
      await getPointRow(kernel, path, context)
      await getPointRow(kernel, { vaultId: path.vaultId, pointId: query.since }, context)
      const paging = pageRequestOf(query)
      const budget = new WorkBudget(kernel.clock, searchLimits)
      const compare = async (after: Parameters<typeof folderPath>[0]) => {
        const before = openPoint(after.reading, query.since)
        const under = after.paths.pointPath(query.under ?? ('' as ByteString))
        return await listChanges({ before, after }, { under, ...paging }, budget, signal)
      }
      return answerOf(await withPoint(kernel, path, compare, signal))
    },

    async download({ path, query }, context) {
      const { instanceId } = await getPointRow(kernel, path, context)
      const request = { paths: query.path, format: query.format }
      context.note({ instanceId, ...notedPaths(query.path) })
      return await sent(path, context, (opened) =>
        openDownload(opened, request, openArchive, context.signal),
      )
    },

    async preview({ path, query }, context) {
      const { instanceId } = await getPointRow(kernel, path, context)
      context.note({ instanceId, ...notedPaths([query.path]) })
      return await sent(path, context, (opened) => openPreview(opened, query.path, context.signal))
    },
  }
}

function disposing(place: AsyncDisposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() }
}

function across({ kernel }: PointsPorts): Pick<Handlers, 'searchInstance' | 'fileHistory'> {
  return {
    async searchInstance({ path, query }, context) {
      const { instanceId } = path
      const search = { instanceId, conditions: conditionsOf(query), ...pageRequestOf(query) }
      const budget = new WorkBudget(kernel.clock, searchLimits)
      return answerOf(await searchInstance(kernel, search, budget, context))
    },

    async fileHistory({ path, query }, context) {
      const request = { instanceId: path.instanceId, path: query.path, ...pageRequestOf(query) }
      const budget = new WorkBudget(kernel.clock, searchLimits)
      return answerOf(await fileHistory(kernel, request, budget, context))
    },
  }
}

function changing(
  ports: PointsPorts,
): Pick<Handlers, 'extend' | 'hold' | 'releaseHold' | 'remove'> {
  const { kernel } = ports
  return {
    async extend({ path, body }, context) {
      const row = await getPointRow(kernel, path, context)
      await extendPoint(kernel, row, body.until, context.signal)
      return await showPoint(kernel, path, context)
    },

    async hold({ path, body }, context) {
      const row = await getPointRow(kernel, path, context)
      await holdPoint(kernel, row, body.reason, context.signal)
      context.note({ reason: body.reason })
      return await showPoint(kernel, path, context)
    },

    async releaseHold({ path, body }, context) {
      const row = await getPointRow(kernel, path, context)
      await releasePoint(kernel, row, context.signal)
      context.note({ reason: body.reason })
      return await showPoint(kernel, path, context)
    },

    async remove({ path }, context) {
      await assertVault(kernel, path.vaultId, context)
      await removePoint(ports, await getPointRow(kernel, path, context), context.signal)
      return undefined
    },
  }
}

async function showPoint(
  kernel: ServerKernel,
  path: Parameters<typeof getPointRow>[1],
  context: Pick<CallContext, 'identity' | 'signal'>,
) {
  const row = await getPointRow(kernel, path, context)
  return pointRecord(row, await surroundingsOf(kernel, [row], context.signal))
}

/** @throws vault.not-found for vaults of others and for those that were deleted as well */
async function assertVault(
  kernel: ServerKernel,
  vaultId: VaultId,
  { identity }: Pick<CallContext, 'identity'>,
): Promise<void> {
  const vault = await findVault(kernel.catalog.db, vaultId)
  if (vault?.accountId !== accountOf(identity) || vault.deletedAt !== null)
    throw failure('vault.not-found', { vault: vaultId })
}

function conditionsOf(query: {
  readonly pattern: string
  readonly kind?: SearchConditions['kind']
  readonly sizeMin?: number | undefined
  readonly sizeMax?: number | undefined
  readonly modifiedFrom?: number | undefined
  readonly modifiedUntil?: number | undefined
}): SearchConditions {
  return {
    pattern: byteStringFromText(query.pattern),
    kind: query.kind,
    sizeMin: query.sizeMin,
    sizeMax: query.sizeMax,
    modifiedFrom: query.modifiedFrom,
    modifiedUntil: query.modifiedUntil,
  }
}

function answerOf<Item>({ items, next }: EntryPage<Item>) {
  return pageAnswer(items, next)
}
