/** The words of messages in each language: what happened, and what to do about it at three in the morning. */
import type { AlertKind, AlertLevel, NoticeLanguage } from '#contract'
import type { FactReader } from './fact-reader.ts'
import { chineseWords } from './words-chinese.ts'
import { englishWords } from './words-english.ts'

export type Told = {
  /** One line: who, and what is wrong. */
  readonly title: string
  readonly happened: readonly string[]
  readonly advice: readonly string[]
}

export type NoticeWords = {
  readonly alerts: Readonly<Record<AlertKind, (facts: FactReader) => Told>>
  readonly restoreFailed: (facts: FactReader) => Told
  readonly test: Told
  readonly levels: Readonly<Record<AlertLevel, string>>
  /** In front of the title of an alert whose cause is gone. */
  readonly over: string
  readonly overSince: (time: string) => string
  readonly again: (count: number, since: string) => string
  readonly digestTitle: (count: number) => string
  readonly more: (count: number) => string
  readonly labels: {
    readonly when: string
    readonly instance: string
    readonly vault: string
    readonly job: string
    readonly account: string
    readonly whatToDo: string
    readonly look: string
    readonly why: string
  }
}

export function wordsOf(language: NoticeLanguage): NoticeWords {
  return language === 'zh' ? chineseWords : englishWords
}
