/**
 * The tables, as their rows are stored. Each record is declared beside the functions that use it; the constraints of the
 * migrations keep the rows to these types.
 */
import type { Account, AccountGrant, Region } from './accounts.ts'
import type { ActivationCodeRow } from './activation-codes.ts'
import type { AgentChannelRow } from './agent-channels.ts'
import type { AlertRow, ChannelRow, Delivery } from './alerts.ts'
import type { AssignmentRow } from './assignments.ts'
import type { AuditHead, AuditRow } from './audit-log.ts'
import type { Chore } from './chores.ts'
import type { ClientRow } from './clients.ts'
import type { EndedJob } from './ended-jobs.ts'
import type { IdempotencyKeyRow } from './idempotency-keys.ts'
import type { Instance, InstanceRow } from './instances.ts'
import type { JobFile } from './job-files.ts'
import type { JobRow } from './jobs.ts'
import type { LostClientRow } from './lost-clients.ts'
import type { MeteredDayMark, MeteringUsage } from './metered-usage.ts'
import type { MeteringDay } from './metering.ts'
import type { PersonalNoticeRow } from './personal-notices.ts'
import type { PlanRow } from './plans.ts'
import type { CatalogVersion, PointRow } from './points.ts'
import type { BindingRow, PolicyRow } from './policies.ts'
import type { SecondFactor } from './second-factors.ts'
import type { SessionPack } from './session-packs.ts'
import type { SettingRow } from './settings.ts'
import type { TokenRow } from './tokens.ts'
import type { RoleGrant, UserRow, VaultDenial } from './users.ts'
import type { Mirror, VaultRow } from './vaults.ts'
import type { VersionGap } from './version-gaps.ts'

export type CatalogTables = {
  readonly agentChannels: AgentChannelRow
  readonly assignments: AssignmentRow
  readonly versionGaps: VersionGap
  readonly accounts: Account
  readonly regions: Region
  readonly users: UserRow
  readonly roleGrants: RoleGrant
  readonly accountGrants: AccountGrant
  readonly tokens: TokenRow
  readonly secondFactors: SecondFactor
  readonly settings: SettingRow
  readonly idempotencyKeys: IdempotencyKeyRow
  readonly vaults: VaultRow
  readonly vaultDenials: VaultDenial
  readonly mirrors: Mirror
  readonly instances: InstanceRow
  readonly instanceTags: InstanceTag
  readonly clients: ClientRow
  readonly activationCodes: ActivationCodeRow
  readonly policies: PolicyRow
  readonly bindings: BindingRow
  readonly plans: PlanRow
  readonly jobs: JobRow
  readonly jobFiles: JobFile
  readonly sessionPacks: SessionPack
  readonly versions: CatalogVersion
  readonly points: PointRow
  readonly meteringDays: MeteringDay
  readonly meteredDays: MeteredDayMark
  readonly meteringUsage: MeteringUsage
  readonly personalNotices: PersonalNoticeRow
  readonly alerts: AlertRow
  readonly alertChannels: ChannelRow
  readonly alertDeliveries: Delivery
  readonly endedJobs: EndedJob
  readonly lostClients: LostClientRow
  readonly chores: Chore
  readonly auditHeads: AuditHead
  readonly auditLog: AuditRow
}

type InstanceTag = {
  readonly instanceId: Instance['id']
  readonly name: string
  readonly value: string
}
