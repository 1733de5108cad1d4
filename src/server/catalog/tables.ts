/**
 * The tables, as their rows are stored. Each record is declared beside the functions that use it; the constraints of the
 * migrations keep the rows to these types.
 */
import type { Account, AccountGrant, Region } from './accounts/accounts.ts'
import type { PasskeyRow, UsedChallenge } from './accounts/passkeys.ts'
import type { RecoveryCode } from './accounts/recovery-codes.ts'
import type { SecondFactor } from './accounts/second-factors.ts'
import type { TokenRow } from './accounts/tokens.ts'
import type { RoleGrant, UserRow, VaultDenial } from './accounts/users.ts'
import type { Chore } from './chores.ts'
import type { ActivationCodeRow } from './instances/activation-codes.ts'
import type { AgentChannelRow } from './instances/agent-channels.ts'
import type { ClientRow } from './instances/clients.ts'
import type { Instance, InstanceRow } from './instances/instances.ts'
import type { LostClientRow } from './instances/lost-clients.ts'
import type { AssignmentRow } from './jobs/assignments.ts'
import type { EndedJob } from './jobs/ended-jobs.ts'
import type { FolderAnswerRow } from './jobs/folder-answers.ts'
import type { JobFile } from './jobs/job-files.ts'
import type { JobRow } from './jobs/jobs.ts'
import type { AlertRow, ChannelRow, Delivery } from './journal/alerts.ts'
import type { AuditHead, AuditRow } from './journal/audit-log.ts'
import type { IdempotencyKeyRow } from './journal/idempotency-keys.ts'
import type { MeteredDayMark, MeteringUsage } from './journal/metered-usage.ts'
import type { MeteringDay } from './journal/metering.ts'
import type { PersonalNoticeRow } from './journal/personal-notices.ts'
import type { PlanRow } from './plans/plans.ts'
import type { BindingRow, PolicyRow } from './plans/policies.ts'
import type { SettingRow } from './settings.ts'
import type { CatalogVersion, PointRow } from './vaults/points.ts'
import type { SessionPack } from './vaults/session-packs.ts'
import type { Mirror, VaultRow } from './vaults/vaults.ts'
import type { VersionGap } from './vaults/version-gaps.ts'

export type CatalogTables = {
  readonly agentChannels: AgentChannelRow
  readonly assignments: AssignmentRow
  readonly folderAnswers: FolderAnswerRow
  readonly versionGaps: VersionGap
  readonly accounts: Account
  readonly regions: Region
  readonly users: UserRow
  readonly roleGrants: RoleGrant
  readonly accountGrants: AccountGrant
  readonly tokens: TokenRow
  readonly secondFactors: SecondFactor
  readonly recoveryCodes: RecoveryCode
  readonly passkeys: PasskeyRow
  readonly usedChallenges: UsedChallenge
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
