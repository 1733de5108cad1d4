/** A message as people read it, before any form: of an alert that stands, that goes on, or that is over. */
import type { AlertLevel, NoticeLanguage } from '#contract'
import type { Alert, JsonRecord } from '../../catalog/index.ts'
import { inert, readFacts, zoneOf } from './fact-reader.ts'
import { type NoticeWords, type Told, wordsOf } from './notice-words.ts'

export type NoticeMessage = {
  readonly level: AlertLevel
  readonly title: string
  readonly happened: readonly string[]
  /** Label and value. */
  readonly details: readonly (readonly [label: string, value: string])[]
  readonly advice: readonly string[]
  readonly link: string | undefined
}

/** Of the account that is told: its language, the zone of its clocks, and where it reaches the server. */
export type Reading = {
  readonly language: NoticeLanguage
  readonly timeZone: string
  readonly accountName: string
  readonly publicAddress: string | undefined
}

export type AlertState = 'raised' | 'ended'

export function alertMessage(alert: Alert, reading: Reading, state: AlertState): NoticeMessage {
  const words = wordsOf(reading.language)
  const facts = readFacts(alert.facts, zoneOf(reading.timeZone))
  const told = words.alerts[alert.kind](facts)
  const isOver = alert.endedAt !== null
  return {
    level: state === 'ended' ? 'notice' : alert.level,
    title: state === 'ended' ? `${words.over}${told.title}` : told.title,
    happened: [
      ...told.happened,
      ...(alert.occurrences > 1
        ? [words.again(alert.occurrences, facts.time(alert.raisedAt))]
        : []),
      ...(isOver ? [words.overSince(facts.time(alert.endedAt))] : []),
    ],
    details: [
      [words.labels.when, `${facts.time(alert.raisedAt)} (${inert(reading.timeZone)})`],
      ...namedDetail(words.labels.instance, alert.facts['instanceName'], alert.instanceId),
      ...namedDetail(words.labels.vault, alert.facts['vaultName'], alert.vaultId),
      ...(alert.jobId === null ? [] : [[words.labels.job, alert.jobId] as const]),
      [words.labels.account, inert(reading.accountName)],
    ],
    advice: isOver ? [] : told.advice,
    link: linkTo(reading, `alerts/${alert.id}`),
  }
}

export function restoreFailedMessage(facts: JsonRecord, reading: Reading): NoticeMessage {
  const words = wordsOf(reading.language)
  const reader = readFacts(facts, zoneOf(reading.timeZone))
  const job = facts['restoreJobId']
  return {
    ...plainMessage(words.restoreFailed(reader), 'critical'),
    details: [
      [words.labels.when, reader.timeOf('at')],
      ...namedDetail(words.labels.instance, facts['instanceName'], facts['instanceId']),
      ...(typeof job === 'string' ? [[words.labels.job, job] as const] : []),
      [words.labels.account, inert(reading.accountName)],
    ],
    link: typeof job === 'string' ? linkTo(reading, `restores/${job}`) : undefined,
  }
}

export function testMessage(reading: Reading): NoticeMessage {
  const words = wordsOf(reading.language)
  return {
    ...plainMessage(words.test, 'notice'),
    details: [[words.labels.account, inert(reading.accountName)]],
    link: linkTo(reading, ''),
  }
}

const digestMax = 50

/** Many at once are one message: whoever has a thousand machines needs one mail when their vault is full. */
export function digestMessage(messages: readonly NoticeMessage[], reading: Reading): NoticeMessage {
  const words = wordsOf(reading.language)
  const worst = messages.some(({ level }) => level === 'critical') ? 'critical' : 'warning'
  const listed = messages.slice(0, digestMax)
  return {
    level: worst,
    title: words.digestTitle(messages.length),
    happened: [
      ...listed.map(({ level, title }) => `${words.levels[level]} · ${title}`),
      ...(messages.length > digestMax ? [words.more(messages.length - digestMax)] : []),
    ],
    details: [[words.labels.account, inert(reading.accountName)]],
    advice: [],
    link: linkTo(reading, 'alerts'),
  }
}

/** As one text, for the inbox and for forms without structure. */
export function messageLines(message: NoticeMessage, words: NoticeWords): readonly string[] {
  return [
    ...message.happened,
    ...message.details.map(([label, value]) => `${label}: ${value}`),
    ...(message.advice.length === 0
      ? []
      : [`${words.labels.whatToDo}:`, ...message.advice.map((line) => `- ${line}`)]),
  ]
}

function plainMessage({ title, happened, advice }: Told, level: AlertLevel) {
  return { level, title, happened, advice }
}

function namedDetail(
  label: string,
  name: unknown,
  id: unknown,
): readonly (readonly [string, string])[] {
  const known = [name, id].filter((value) => typeof value === 'string').map(inert)
  if (known.length === 0) return []
  return [[label, known.length === 1 ? known.join('') : `${known[0]} (${known[1]})`]]
}

function linkTo({ publicAddress }: Reading, path: string): string | undefined {
  return publicAddress === undefined ? undefined : `${publicAddress.replace(/\/+$/, '')}/${path}`
}
