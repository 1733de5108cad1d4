/**
 * The rules of a policy (C4): checked as they come in, kept with an id for each BACKUP rule, so that a plan finds its own
 * again after an edit, and shown without it.
 */
import { failure } from '#base'
import { encodeWire, ids, type Policy, type RuleId, routes, tryDecodeWire } from '#contract'
import {
  findScheduleProblem,
  type PolicySchedule,
  parseCron,
  parseTimeZone,
  type TimeZone,
} from '#engine'
import type { JsonRecord } from '../../catalog/database/codec.ts'
import { readWeekday } from './schedule-record.ts'

export type PolicyRule = Policy['rules'][number]
export type BackupRule = Extract<PolicyRule, { readonly kind: 'BACKUP' }>
export type LifecycleRule = Extract<PolicyRule, { readonly kind: 'LIFECYCLE' }>
export type TagRule = Extract<PolicyRule, { readonly kind: 'TAG' }>

/** A rule and, if plans follow it, its id. */
export type KeptRule = { readonly rule: PolicyRule; readonly ruleId: RuleId | undefined }

/** @throws schedule.invalid, request.invalid */
export function checkRules(rules: readonly PolicyRule[], zone: TimeZone): void {
  for (const rule of rules) {
    if (rule.kind === 'BACKUP') {
      const problem = findScheduleProblem(scheduleOf(rule, zone))
      if (problem !== undefined) throw failure('schedule.invalid', { problem })
    }
    if (rule.kind === 'LIFECYCLE') checkRetention(rule.retention)
    if (rule.kind === 'REPLICATION' && rule.retention !== undefined) checkRetention(rule.retention)
  }
}

/** C5: special retention is longer than the normal one, and needs one that ends. */
function checkRetention({ days, special }: LifecycleRule['retention']): void {
  if (special === undefined || special.length === 0) return
  const periods = new Set(special.map(({ period }) => period))
  const problem =
    days === undefined
      ? 'what is kept for ever cannot be kept longer'
      : special.some((one) => one.days <= days)
        ? 'special retention is longer than the normal one'
        : periods.size < special.length
          ? 'each period has one special retention'
          : undefined
  if (problem !== undefined) throw failure('request.invalid', { where: 'body.rules', problem })
}

/** A rule's schedule as the engine has it. @throws schedule.invalid for a zone or cron text that is none */
export function scheduleOf({ schedule }: BackupRule, accountZone: TimeZone): PolicySchedule {
  const zone = schedule.zone === undefined ? accountZone : parseTimeZone(schedule.zone)
  switch (schedule.kind) {
    case 'cron':
      return { kind: 'cron', zone, firstAt: schedule.firstAt, times: parseCron(schedule.text) }
    case 'weeks':
      return { ...schedule, zone, weekdays: schedule.weekdays.map(readWeekday) }
    default:
      return { ...schedule, zone }
  }
}

/**
 * Rules to keep. A BACKUP rule has the id of the one that it takes the place of: the same number among those of its
 * vault, so that an edited schedule keeps its plan.
 */
export function keepRules(
  rules: readonly PolicyRule[],
  before: readonly KeptRule[],
  newId: () => RuleId,
): readonly KeptRule[] {
  const free = before.filter(({ ruleId }) => ruleId !== undefined)
  const take = (fits: (old: PolicyRule) => boolean): RuleId | undefined => {
    const at = free.findIndex(({ rule }) => fits(rule))
    return at < 0 ? undefined : free.splice(at, 1)[0]?.ruleId
  }
  const same = rules.map((rule) =>
    rule.kind === 'BACKUP'
      ? take((old) => old.kind === 'BACKUP' && old.vaultId === rule.vaultId)
      : undefined,
  )
  return rules.map((rule, index) => ({
    rule,
    ruleId: rule.kind === 'BACKUP' ? (same[index] ?? take(() => true) ?? newId()) : undefined,
  }))
}

const shownRule = routes.policies.get.answer.schema.shape.rules.element

export function rulesToJson(rules: readonly KeptRule[]): readonly JsonRecord[] {
  return rules.map(({ rule, ruleId }) => ({
    // The wire's form is JSON; this keeps it as the catalog types it.
    rule: JSON.parse(JSON.stringify(encodeWire(shownRule, rule))),
    ...(ruleId === undefined ? {} : { ruleId }),
  }))
}

/** @throws object.damaged when the rows were not written by `rulesToJson` */
export function rulesFromJson(records: readonly JsonRecord[]): readonly KeptRule[] {
  return records.map((record) => {
    const rule = tryDecodeWire(shownRule, record['rule'])
    if (!('value' in rule)) {
      throw failure('object.damaged', { object: 'policy', problem: 'a rule is none' }, rule.error)
    }
    const ruleId = tryDecodeWire(ids.rule, record['ruleId'])
    return { rule: rule.value, ruleId: 'value' in ruleId ? ruleId.value : undefined }
  })
}
