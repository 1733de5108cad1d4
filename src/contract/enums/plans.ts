/** Choices of plans and policies. */

/** A cancelled plan makes no more points; what became of its old ones is its instance's history. */
export const planStatuses = ['ACTIVE', 'PAUSED', 'CANCELED'] as const
export type PlanStatus = (typeof planStatuses)[number]

/** D3: low is 10 MB/s and one core, high is 30 MB/s and two; custom only with policies. */
export const priorities = ['low', 'high', 'custom'] as const
export type Priority = (typeof priorities)[number]

/** C4. */
export const ruleKinds = ['BACKUP', 'LIFECYCLE', 'REPLICATION', 'TAG'] as const
export type RuleKind = (typeof ruleKinds)[number]

/** C5: the first backup of such a period may be kept longer. */
export const specialPeriods = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
export type SpecialPeriod = (typeof specialPeriods)[number]

export const bindingStatuses = ['ACTIVE', 'PAUSED'] as const
export type BindingStatus = (typeof bindingStatuses)[number]
