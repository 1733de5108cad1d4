/** What a plan says besides its schedule, as the catalog keeps it, and how long a point of it is kept (C5). */
import { type ByteString, failure } from '#base'
import {
  absolutePath,
  type Binding,
  type HookNames,
  pathToText,
  type SpecialPeriod,
  specialPeriods,
  tryDecodeWire,
} from '#contract'
import { JsonFields, type LocalDate, localDateAt, parseLocalDate, type TimeZone } from '#engine'
import type { JsonRecord } from '../../catalog/database/codec.ts'

/** What is backed up by a policy (B3). */
export type Sources = Binding['sources']

export type SpecialRetention = { readonly period: SpecialPeriod; readonly days: number }

export type PlanTerms = {
  /** Undefined: every local volume, without system directories (B1, B2). */
  readonly sources: Sources | undefined
  /** C3: runs that were missed are made up. */
  readonly runMissed: boolean
  /** C5: the first backup of such a period is kept longer. */
  readonly special: readonly SpecialRetention[]
  /** Names that the machine's own local policy declares (A21). */
  readonly hooks: HookNames
}

export const essentialTerms: PlanTerms = {
  sources: undefined,
  runMissed: false,
  special: [],
  hooks: {},
}

export function termsToJson(terms: PlanTerms): JsonRecord {
  return {
    ...(terms.sources === undefined ? {} : { sources: sourcesToJson(terms.sources) }),
    runMissed: terms.runMissed,
    special: terms.special.map(({ period, days }) => ({ period, days })),
    ...(hasHooks(terms.hooks) ? { hooks: hooksToJson(terms.hooks) } : {}),
  }
}

export function termsFromJson(record: JsonRecord): PlanTerms {
  const fields = new JsonFields(record, 'plan')
  return {
    sources: fields.has('sources') ? sourcesFromJson(fields.record('sources')) : undefined,
    runMissed: fields.has('runMissed') && fields.flag('runMissed'),
    special: fields.has('special') ? fields.list('special', readSpecial) : [],
    hooks: fields.has('hooks') ? hooksFromJson(fields.record('hooks')) : {},
  }
}

export function hasHooks({ before, after }: HookNames): boolean {
  return before !== undefined || after !== undefined
}

export function hooksToJson({ before, after }: HookNames): JsonRecord {
  return {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
}

export function hooksFromJson(fields: JsonFields): HookNames {
  return {
    ...(fields.has('before') ? { before: fields.text('before') } : {}),
    ...(fields.has('after') ? { after: fields.text('after') } : {}),
  }
}

export function sourcesToJson(sources: Sources): JsonRecord {
  const { paths, include, exclude, excludeSystemFolders } = sources
  return {
    // As on the wire: the job's assignment repeats them.
    paths: paths.map(pathToText),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(excludeSystemFolders === undefined ? {} : { excludeSystemFolders }),
  }
}

export function sourcesFromJson(fields: JsonFields): Sources {
  return {
    paths: fields.texts('paths').map(readPath),
    ...(fields.has('include') ? { include: fields.texts('include') } : {}),
    ...(fields.has('exclude') ? { exclude: fields.texts('exclude') } : {}),
    ...(fields.has('excludeSystemFolders')
      ? { excludeSystemFolders: fields.flag('excludeSystemFolders') }
      : {}),
  }
}

function readPath(text: string): ByteString {
  const read = tryDecodeWire(absolutePath, text)
  if ('value' in read) return read.value
  throw failure('object.damaged', { object: 'plan', problem: 'a source is no path' }, read.error)
}

function readSpecial(value: unknown): SpecialRetention {
  const fields = new JsonFields(value, 'plan')
  return { period: fields.oneOf('period', specialPeriods), days: fields.integer('days') }
}

export type RetentionQuestion = {
  /** Null: permanent. */
  readonly retentionDays: number | null
  readonly special: readonly SpecialRetention[]
  readonly zone: TimeZone
  /** When the point is made. */
  readonly at: number
  /** When the plan's newest version was made; undefined: this will be the first. */
  readonly lastVersionAt: number | undefined
}

/** The longest rule that the point qualifies for; null: permanent. */
export function retentionOf(question: RetentionQuestion): number | null {
  const { retentionDays, special, zone, at, lastVersionAt } = question
  if (retentionDays === null) return null
  const today = localDateAt(zone, at)
  const last = lastVersionAt === undefined ? undefined : localDateAt(zone, lastVersionAt)
  const longer = special
    .filter(({ period }) => last === undefined || periodOf(period, last) < periodOf(period, today))
    .map(({ days }) => days)
  return Math.max(retentionDays, ...longer)
}

/** A name of the period in which a date lies; names sort by time. */
function periodOf(period: SpecialPeriod, date: LocalDate): string {
  switch (period) {
    case 'DAILY':
      return date
    case 'WEEKLY':
      return mondayOf(date)
    case 'MONTHLY':
      return date.slice(0, 7)
    default:
      return date.slice(0, 4)
  }
}

const dayMs = 24 * 3_600_000
/** 29 December 1969 was a Monday. */
const someMonday = Date.UTC(1969, 11, 29)

/** The Monday of the date's week (ISO 8601). */
function mondayOf(date: LocalDate): LocalDate {
  const days = (Date.parse(`${date}T00:00:00Z`) - someMonday) / dayMs
  const monday = someMonday + Math.floor(days / 7) * 7 * dayMs
  return parseLocalDate(new Date(monday).toISOString().slice(0, 10))
}
