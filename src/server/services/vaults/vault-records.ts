/** A vault as the API shows it: its row, what it holds, and what may be said about its lock now (reliability 5.3). */
import { assert, type Failure, forEachLimited, isFailure } from '#base'
import { ids, problemOf, tierSentences, type Vault, type VaultId } from '#contract'
import type { KnownPoint } from '#engine'
import {
  type CatalogVault,
  type Chore,
  countVaultContent,
  findChores,
  type VaultContent,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { isOwnPoint } from '../../own-backup/own-points.ts'
import { vaultChore } from '../../scheduler/vault-chore.ts'
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
  const { db } = kernel.catalog
  const contents = await countVaultContent(db, vaultIds)
  const chores = await findChores(db, vaultIds.map(vaultChore))
  const words = new Map<VaultId, Word>()
  const ready = rows.filter(({ state }) => state === 'CREATED' || state === 'UNKNOWN')
  await forEachLimited(ready, askedAtOnce, async ({ id }) => {
    words.set(id, await ask(kernel, id, signal))
  })
  return rows.map((row) =>
    vaultRecord(row, {
      content: contents.get(row.id),
      chore: chores.get(vaultChore(row.id)),
      word: words.get(row.id),
    }),
  )
}

export async function vaultRecordOf(
  kernel: ServerKernel,
  row: CatalogVault,
  signal: AbortSignal,
): Promise<Vault> {
  const [record] = await vaultRecords(kernel, [row], signal)
  assert(record !== undefined, 'each row has its record')
  return record
}

type Contents = Pick<VaultState, 'lock' | 'points' | 'trustedNow'>

/** The points of instances: what lists show. Each server also keeps backups of itself in its vaults. */
export function pointsOfInstances<State extends Pick<VaultState, 'points'>>(state: State): State {
  return { ...state, points: state.points.filter((known) => !isOwnPoint(known)) }
}

/** How many backups of the server itself the lock and the holds keep. */
export function keptServerBackups(state: Contents): number {
  return lockedPointsOf({ ...state, points: state.points.filter(isOwnPoint) }).count
}

export type LockedPoints = {
  readonly count: number
  /** Wall clock; undefined: none is locked, or one of them for ever. */
  readonly lastEndsAt: number | undefined
  readonly isForever: boolean
}

/** What the lock and the holds of a vault keep from everybody now. A hold has no end. */
export function lockedPointsOf(state: Contents): LockedPoints {
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
  around: {
    readonly content: VaultContent | undefined
    readonly chore: Chore | undefined
    readonly word: Word | undefined
  },
): Vault {
  const { content, chore, word } = around
  const state = word !== undefined && 'state' in word ? word.state : undefined
  const problem = word !== undefined && 'problem' in word ? word.problem : undefined
  const retention = state === undefined ? {} : retentionOf(state.config)
  return {
    vaultId: row.id,
    regionId: ids.region.parse(row.regionId),
    name: row.name,
    description: row.description,
    ...storageOf(row),
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
    newBytes: content?.newBytes ?? 0,
    pointCount: content?.points ?? 0,
    instanceCount: content?.instances ?? 0,
    ...(chore === undefined ? {} : { upkeep: upkeepOf(chore) }),
    ...(row.deletionDueAt === null ? {} : { deletionDueAt: row.deletionDueAt }),
    ownedElsewhere: state?.ownedElsewhere ?? false,
    alertSetting: row.alertSetting,
    alertChannelIds: row.alertChannels,
    tags: row.tags,
    createdAt: row.createdAt,
  }
}

function storageOf({ place: { storage } }: CatalogVault): Pick<Vault, 'storage'> {
  return typeof storage === 'string' ? { storage } : {}
}

function upkeepOf({ doneAt, dueAt, problem }: Chore): NonNullable<Vault['upkeep']> {
  return {
    ...(doneAt === null ? {} : { doneAt }),
    dueAt,
    ...(problem === null ? {} : { problem }),
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
      serverBackupCount: 0,
    }
  const { count, lastEndsAt } = lockedPointsOf(pointsOfInstances(state))
  return {
    state: state.lock,
    tier: state.tier,
    tierSentence: tierSentences[state.tier],
    lockedPointCount: count,
    serverBackupCount: keptServerBackups(state),
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
