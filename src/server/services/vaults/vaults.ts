/** Vaults and their locks: handlers of the routes. A lock is raised and never lowered; no route shortens a retention. */
import { failure, isFailure } from '#base'
import type { VaultId } from '#contract'
import {
  type CatalogVault,
  findVault,
  listVaultPage,
  listVaults,
  updateVault,
} from '../../catalog/index.ts'
import type { CallContext, HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import type { Notices } from '../../notices.ts'
import { assertHigher, lockConfirmation, proposeLock } from './lock-proposal.ts'
import { createVault } from './vault-creation.ts'
import { vaultRecordOf, vaultRecords } from './vault-records.ts'
import {
  assertRemovable,
  proposeRemoval,
  removalConfirmation,
  removalDelayMs,
} from './vault-removal.ts'

export type VaultsPorts = {
  readonly kernel: ServerKernel
  readonly notices: Notices
  /** Names of the places for vaults, the default one first. */
  readonly storages: readonly string[]
}

type Handlers = HandlersOf<'vaults'>

export function vaultsHandlers(ports: VaultsPorts): Handlers {
  return { ...shaping(ports), ...locking(ports), ...removing(ports) }
}

function shaping({
  kernel,
  storages,
}: VaultsPorts): Pick<
  Handlers,
  'list' | 'create' | 'storages' | 'get' | 'update' | 'rebuildCatalog'
> {
  const { db } = kernel.catalog
  return {
    async list({ query }, { identity, signal }) {
      const { regionId, state, search, sort } = query
      const filter = { accountId: accountOf(identity), regionId, state, search }
      const page = await listVaultPage(db, filter, { ...pageRequestOf(query), sort })
      return pageAnswer(await vaultRecords(kernel, page.items, signal), page.next)
    },

    async create({ body }, { identity, signal, note }) {
      const row = await createVault(kernel, accountOf(identity), body, signal)
      note({ vaultId: row.id, lock: body.lock ?? 'off' })
      return await vaultRecordOf(kernel, row, signal)
    },

    async storages() {
      return { names: storages }
    },

    async get({ path }, context) {
      return await vaultRecordOf(kernel, await getVault(kernel, path, context), context.signal)
    },

    async update({ path, body }, context) {
      const row = await getVault(kernel, path, context)
      const { alertSetting, alertChannelIds, ...facts } = body
      if (facts.name !== undefined && facts.name !== row.name)
        await assertNameIsFree(kernel, row, facts.name)
      if (alertSetting !== undefined)
        context.note({ alertSetting, alertChannelIds: alertChannelIds?.join(' ') ?? '' })
      const changed = await updateVault(db, row.id, {
        ...facts,
        // Above a vault there is only the account to inherit from.
        alertSetting: alertSetting === 'inherit' ? 'account' : alertSetting,
        ...(alertSetting === undefined ? {} : { alertChannels: alertChannelIds ?? [] }),
        updatedAt: kernel.wallMs(),
      })
      return await vaultRecordOf(kernel, changed ?? row, context.signal)
    },

    async rebuildCatalog({ path }, context) {
      const row = await getVault(kernel, path, context)
      const points = await kernel.vaults.rebuildCatalog(row.id, context.signal)
      context.note({ points })
      return await vaultRecordOf(kernel, row, context.signal)
    },
  }
}

function locking({ kernel, notices }: VaultsPorts): Pick<Handlers, 'proposeLock' | 'raiseLock'> {
  return {
    async proposeLock({ path, query }, context) {
      const row = await getVault(kernel, path, context)
      const state = await kernel.vaults.state(row.id, context.signal)
      return proposeLock({ name: row.name, to: query.to }, state)
    },

    async raiseLock({ path, body }, context) {
      const { signal } = context
      const row = await getVault(kernel, path, context)
      const { to } = body
      if (body.confirmation !== lockConfirmation({ name: row.name, to }))
        throw failure('confirmation.wrong')
      const { lock } = await kernel.vaults.state(row.id, signal)
      if (lock !== to) {
        assertHigher(row.name, lock, to)
        await kernel.vaults.raiseLock(row.id, to, signal)
        await tellRaised({ kernel, notices }, row, to)
      }
      // Also when an earlier call raised it and did not live to write this down.
      const immutable = to === 'compliance' ? true : undefined
      const updatedAt = kernel.wallMs()
      const changed = await updateVault(kernel.catalog.db, row.id, { immutable, updatedAt })
      context.note({ from: lock, to })
      return await vaultRecordOf(kernel, changed ?? row, signal)
    },
  }
}

function removing({
  kernel,
  notices,
}: VaultsPorts): Pick<Handlers, 'proposeRemoval' | 'remove' | 'keep'> {
  const { db } = kernel.catalog
  return {
    async proposeRemoval({ path }, context) {
      const row = await getVault(kernel, path, context)
      const state = await kernel.vaults.state(row.id, context.signal)
      return proposeRemoval(row, state, kernel.wallMs())
    },

    async remove({ path, body }, context) {
      const { signal } = context
      const row = await getVault(kernel, path, context)
      const state = await kernel.vaults.state(row.id, signal)
      try {
        await assertRemovable(kernel, row, state)
      } catch (problem) {
        await tellRefused({ kernel, notices }, row, problem)
        throw problem
      }
      if (body.confirmation !== removalConfirmation(row, state)) throw failure('confirmation.wrong')
      const now = kernel.wallMs()
      const deletionDueAt = row.deletionDueAt ?? now + removalDelayMs
      const changed = await updateVault(db, row.id, { deletionDueAt, updatedAt: now })
      context.note({ points: state.points.length, deletionDueAt })
      return proposeRemoval(changed ?? row, state, now)
    },

    async keep({ path }, context) {
      const row = await getVault(kernel, path, context)
      if (row.deletionDueAt === null) return undefined
      await updateVault(db, row.id, { deletionDueAt: null, updatedAt: kernel.wallMs() })
      return undefined
    },
  }
}

/** @throws vault.not-found for vaults of others and for those that were deleted as well */
async function getVault(
  kernel: ServerKernel,
  { vaultId }: { readonly vaultId: VaultId },
  { identity }: Pick<CallContext, 'identity'>,
): Promise<CatalogVault> {
  const row = await findVault(kernel.catalog.db, vaultId)
  if (row?.accountId !== accountOf(identity) || row.deletedAt !== null)
    throw failure('vault.not-found', { vault: vaultId })
  return row
}

async function assertNameIsFree(
  kernel: ServerKernel,
  { accountId, regionId, id }: CatalogVault,
  name: string,
): Promise<void> {
  const others = await listVaults(kernel.catalog.db, accountId)
  if (others.some((other) => other.id !== id && other.regionId === regionId && other.name === name))
    throw failure('record.exists', { kind: 'vault', name })
}

async function tellRaised(
  { kernel, notices }: Pick<VaultsPorts, 'kernel' | 'notices'>,
  row: CatalogVault,
  to: string,
): Promise<void> {
  const { accountId, regionId, id: vaultId, name: vaultName } = row
  const text = `The lock of the vault ${vaultName} was raised to ${to}.`
  const at = kernel.wallMs()
  await notices.raise({ kind: 'LOCK_EVENT', accountId, regionId, vaultId, vaultName, text, at })
}

async function tellRefused(
  { kernel, notices }: Pick<VaultsPorts, 'kernel' | 'notices'>,
  row: CatalogVault,
  problem: unknown,
): Promise<void> {
  if (!isFailure(problem, 'vault.locked')) return
  const { accountId, regionId, id: vaultId, name: vaultName } = row
  const at = kernel.wallMs()
  const text = problem.message
  await notices.raise({
    kind: 'DELETION_REFUSED',
    accountId,
    regionId,
    vaultId,
    vaultName,
    text,
    at,
  })
}
