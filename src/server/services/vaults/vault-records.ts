/** A vault as the API shows it: its row, what it holds, and what may be said about its lock now (reliability 5.3). */
import { type Failure, forEachLimited, isFailure } from '#base'
import { ids, problemOf, tierSentences, type Vault, type VaultId } from '#contract'
import type { KnownPoint } from '#engine'
import { type CatalogVault, countVaultContent, type VaultContent } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultState } from '../../vault-host.ts'

const askedAtOnce = 8
const dayMs = 24 * 3600 * 1000

/** What a vault says of itself now, or why it does not. */
type Word = { readonly state: VaultState } | { readonly problem: Failure }

export async function vaultRecords(
  kernel: ServerKernel,
  rows: readonly CatalogVault[],
  signal: AbortSignal,
): Promise<readonly Vault[]> {
  const vaultIds = rows.map(({ id }) => id)
  const contents = await countVaultContent(kernel.catalog.db, vaultIds)
  const words = new Map<VaultId, Word>()
  const ready = rows.filter(({ state }) => state === 'CREATED' || state === 'UNKNOWN')
  await forEachLimited(ready, askedAtOnce, async ({ id }) => {
    words.set(id, await ask(kernel, id, signal))
  })
  return rows.map((row) => vaultRecord(row, contents.get(row.id), words.get(row.id)))
}

export async function vaultRecordOf(
  kernel: ServerKernel,
  row: CatalogVault,
  signal: AbortSignal,
): Promise<Vault> {
  const content = (await countVaultContent(kernel.catalog.db, [row.id])).get(row.id)
  const isReady = row.state === 'CREATED' || row.state === 'UNKNOWN'
  return vaultRecord(row, content, isReady ? await ask(kernel, row.id, signal) : undefined)
}

export type LockedPoints = {
  readonly count: number
  /** Wall clock; undefined: none is locked, or one of them for ever. */
  readonly lastEndsAt: number | undefined
  readonly isForever: boolean
}

/** What the lock and the holds of a vault keep from everybody now. A hold has no end. */
export function lockedPointsOf(state: Pick<VaultState, 'lock' | 'points' | 'trustedNow'>) {
  return lockedAmong(state, state.lock !== 'off')
}

/** What would be kept if the lock were on. */
export function lockedAmong(
  { points, trustedNow }: Pick<VaultState, 'points' | 'trustedNow'>,
  isLocked: boolean,
): LockedPoints {
  const kept = points.filter(
    ({ state }) => state.holds.length > 0 || (isLocked && !hasEnded(state, trustedNow)),
  )
  const ends = kept.map(endOf)
  const dated = ends.filter((end) => end !== undefined)
  const isForever = dated.length < ends.length
  const lastEndsAt = isForever || dated.length === 0 ? undefined : Math.max(...dated)
  return { count: kept.length, lastEndsAt, isForever }
}

function hasEnded({ retainUntil }: KnownPoint['state'], trustedNow: number): boolean {
  return retainUntil !== undefined && retainUntil <= trustedNow
}

/** By the calendar, the earliest possible date. */
function endOf({ point, state }: KnownPoint): number | undefined {
  if (state.holds.length > 0 || state.retainUntil === undefined) return undefined
  return point.createdAt + (state.retainUntil - point.trustedAt)
}

async function ask(kernel: ServerKernel, id: VaultId, signal: AbortSignal): Promise<Word> {
  try {
    return { state: await kernel.vaults.state(id, signal) }
  } catch (problem) {
    if (signal.aborted || !isFailure(problem)) throw problem
    return { problem }
  }
}

function vaultRecord(
  row: CatalogVault,
  content: VaultContent | undefined,
  word: Word | undefined,
): Vault {
  const state = word !== undefined && 'state' in word ? word.state : undefined
  const problem = word !== undefined && 'problem' in word ? word.problem : undefined
  const retention = state === undefined ? {} : retentionOf(state.config)
  return {
    vaultId: row.id,
    regionId: ids.region.parse(row.regionId),
    name: row.name,
    description: row.description,
    kind: row.kind,
    state: problem === undefined ? row.state : 'UNKNOWN',
    ...(problem === undefined ? {} : { problem: problemOf(problem) }),
    redundancy: row.redundancy,
    keyHolder: row.keyHolder,
    lock: lockRecord(row, state),
    ...retention,
    shareOverNetwork: row.shareOverNetwork,
    searchIndex: row.searchIndex,
    ...(row.quotaBytes === null ? {} : { quotaBytes: row.quotaBytes }),
    storedBytes: row.storedBytes,
    sourceBytes: content?.sourceBytes ?? 0,
    pointCount: content?.points ?? 0,
    instanceCount: content?.instances ?? 0,
    ownedElsewhere: state?.ownedElsewhere ?? false,
    tags: row.tags,
    createdAt: row.createdAt,
  }
}

/** Of a vault that does not answer, what the catalog remembers, and the weakest tier. */
function lockRecord(row: CatalogVault, state: VaultState | undefined): Vault['lock'] {
  if (state === undefined)
    return {
      state: row.immutable ? 'compliance' : 'off',
      tier: 'T0',
      tierSentence: tierSentences.T0,
      lockedPointCount: 0,
    }
  const { count, lastEndsAt } = lockedPointsOf(state)
  return {
    state: state.lock,
    tier: state.tier,
    tierSentence: tierSentences[state.tier],
    lockedPointCount: count,
    ...(lastEndsAt === undefined ? {} : { lastLockEndsAt: lastEndsAt }),
  }
}

function retentionOf({ retentionMinMs, retentionMaxMs }: VaultState['config']) {
  const retentionDaysMin = Math.ceil(retentionMinMs / dayMs)
  return {
    ...(retentionDaysMin === 0 ? {} : { retentionDaysMin }),
    ...(retentionMaxMs === undefined
      ? {}
      : { retentionDaysMax: Math.floor(retentionMaxMs / dayMs) }),
  }
}
