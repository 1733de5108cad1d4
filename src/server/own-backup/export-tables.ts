/**
 * What of the catalog no vault holds: it goes into the export, in an order in which each table comes after those that it
 * refers to. What is left out is in the vaults (versions, points), or of use only to the server that wrote it.
 */
import type { CatalogTables } from '../catalog/tables.ts'

export type TableName = keyof CatalogTables & string

export type ExportedTable = {
  readonly name: TableName
  /** Its primary key: rows are read in this order. */
  readonly key: readonly string[]
  /** Rows that are taken, as SQL; `:since` is the instant from which on what happened counts as recent. */
  readonly only?: string
}

export const exportedTables: readonly ExportedTable[] = [
  { name: 'accounts', key: ['id'] },
  { name: 'regions', key: ['accountId', 'id'] },
  { name: 'users', key: ['id'] },
  { name: 'roleGrants', key: ['userId', 'accountId'] },
  { name: 'accountGrants', key: ['ownerAccountId', 'granteeAccountId'] },
  // Whoever was signed in signs in again.
  { name: 'tokens', key: ['id'], only: "kind = 'api' and revoked_at is null" },
  { name: 'secondFactors', key: ['userId'] },
  { name: 'recoveryCodes', key: ['userId', 'hash'] },
  { name: 'passkeys', key: ['id'] },
  { name: 'settings', key: ['scope', 'name'], only: "name <> 'setup.code-hash'" },
  { name: 'alertChannels', key: ['id'] },
  // Mirrors name the vault that they are of.
  { name: 'vaults', key: ['id'], only: 'mirror_of is null' },
  { name: 'vaults', key: ['id'], only: 'mirror_of is not null' },
  { name: 'vaultDenials', key: ['vaultId', 'userId', 'scope'] },
  { name: 'mirrors', key: ['sourceVaultId'] },
  { name: 'instances', key: ['id'] },
  { name: 'instanceTags', key: ['instanceId', 'name'] },
  { name: 'clients', key: ['id'] },
  { name: 'agentChannels', key: ['clientId'] },
  { name: 'policies', key: ['id'] },
  { name: 'bindings', key: ['id'] },
  { name: 'plans', key: ['id'] },
  // Jobs under way end with the server that is lost; the next runs make new ones.
  { name: 'jobs', key: ['id'], only: 'finished_at is not null and finished_at >= :since' },
  { name: 'versionGaps', key: ['vaultId', 'versionId'] },
  { name: 'meteringDays', key: ['accountId', 'day', 'instanceId'] },
  { name: 'meteredDays', key: ['accountId', 'day'] },
  { name: 'meteringUsage', key: ['accountId', 'day', 'item'] },
  { name: 'alerts', key: ['id'], only: 'ended_at is null' },
  { name: 'auditHeads', key: ['chain'] },
  { name: 'auditLog', key: ['chain', 'sequence'], only: 'at >= :since' },
]

/** Named, so that a new table is one or the other by decision. */
export const tablesLeftOut: readonly TableName[] = [
  'versions',
  'points',
  'activationCodes',
  'alertDeliveries',
  'assignments',
  'chores',
  'endedJobs',
  'folderAnswers',
  'idempotencyKeys',
  'jobFiles',
  'lostClients',
  'personalNotices',
  'sessionPacks',
  'usedChallenges',
]
