/** What raises an alert, and where it goes (H4). */

export const alertKinds = [
  'BACKUP_FAILED',
  'BACKUP_PARTIAL',
  'CLIENT_LOST',
  'NO_RECENT_BACKUP',
  'LOCK_EVENT',
  'KEY_EVENT',
  'MIRROR_LAG',
  'VAULT_NEARLY_FULL',
  'SUSPICIOUS_CHANGE',
  'DELETION_REFUSED',
  'WINDOW_MISSED',
] as const
export type AlertKind = (typeof alertKinds)[number]

export const alertLevels = ['notice', 'warning', 'critical'] as const
export type AlertLevel = (typeof alertLevels)[number]

export const channelKinds = ['email', 'webhook'] as const
export type ChannelKind = (typeof channelKinds)[number]

/** Bodies that the well-known receivers of webhooks understand. */
export const webhookForms = ['json', 'slack', 'teams', 'ntfy', 'dingtalk'] as const
export type WebhookForm = (typeof webhookForms)[number]

/** Of messages; the console has its own choice. */
export const noticeLanguages = ['en', 'zh'] as const
export type NoticeLanguage = (typeof noticeLanguages)[number]

/** A client's setting overrides that of its vault. */
export const alertSettings = ['inherit', 'off', 'account', 'custom'] as const
export type AlertSetting = (typeof alertSettings)[number]

export const auditResults = ['done', 'refused', 'failed'] as const
export type AuditResult = (typeof auditResults)[number]

/** How a chain of audit entries is broken: one is gone, out of its place, or changed; or the newest ones are gone. */
export const auditBreaks = ['missing', 'misplaced', 'changed', 'cut'] as const
export type AuditBreak = (typeof auditBreaks)[number]

/** Groups of routes whose changes by one person others see without asking (G6). */
export const watchedGroups = [
  'accounts',
  'activationCodes',
  'alerts',
  'bindings',
  'channels',
  'instances',
  'plans',
  'points',
  'policies',
  'regions',
  'tokens',
  'users',
  'vaults',
] as const
export type WatchedGroup = (typeof watchedGroups)[number]
