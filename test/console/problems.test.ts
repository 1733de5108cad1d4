// What the server says, in Chinese: every error of the catalogue, with the same facts, and nothing left in English by mistake.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { catalogue, type ErrorCode, failure } from '#base'
import { problemOf } from '#contract'
import { problemsChinese } from '../../src/console/words/problems/chinese.ts'
import { inChinese } from '../../src/console/words/problems/in-chinese.ts'
import { reasonsChinese } from '../../src/console/words/problems/reasons.ts'
import {
  factsIn,
  type Piece,
  tellAsSaid,
  wordsAndKeys,
} from '../../src/console/words/problems/telling.ts'
import { warningsChinese } from '../../src/console/words/problems/warnings.ts'

const phrasesChinese = [...warningsChinese, ...reasonsChinese]
const isCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code)
const codes = Object.keys(catalogue).filter(isCode)
const keysOf = (text: string) =>
  wordsAndKeys(text)
    .filter((_, at) => at % 2 === 1)
    .toSorted()
const textOf = (pieces: readonly Piece[]) => pieces.map(({ text }) => text).join('')
const englishOf = (pieces: readonly Piece[]) =>
  pieces.filter(({ kind }) => kind === 'english').map(({ text }) => text)

describe('the Chinese of the catalogue', () => {
  test('every code is there, and no other', () => {
    deepEqual(Object.keys(problemsChinese).toSorted(), codes.toSorted())
  })

  test('sentence and advice have the facts of the English ones', () => {
    for (const code of codes) {
      const { says, advise } = problemsChinese[code]
      deepEqual(keysOf(says), keysOf(catalogue[code].says), code)
      deepEqual(keysOf(advise), keysOf(catalogue[code].advise), code)
    }
  })

  test('nothing is English but names that programs read', () => {
    for (const code of codes)
      for (const text of [problemsChinese[code].says, problemsChinese[code].advise])
        deepEqual(englishLeftIn(text), [], `${code}: ${text}`)
    for (const [, chinese] of phrasesChinese) deepEqual(englishLeftIn(chinese), [], chinese)
  })

  test('it ends its sentences as Chinese does', () => {
    for (const code of codes)
      for (const text of [problemsChinese[code].says, problemsChinese[code].advise])
        ok(/(?:。|\}|：\{\w+\})$/.test(text), `${code}: ${text}`)
  })
})

describe('sentences without a code', () => {
  test('both languages have the same facts', () => {
    for (const [english, chinese] of phrasesChinese)
      deepEqual(keysOf(chinese), keysOf(english), english)
  })

  test('each is told in Chinese when its facts are filled in', () => {
    for (const [english, chinese] of phrasesChinese) {
      const said = english.replaceAll(/\{(\w+)\}/g, '7')
      const told = inChinese.sentence(said)
      equal(textOf(told), chinese.replaceAll(/\{(\w+)\}/g, '7'), english)
    }
  })

  test('the sources still say them', () => {
    const sources = sourcesIn('src')
    for (const [english] of phrasesChinese)
      ok(
        runsOfWords(english).some((run) => sources.includes(run)),
        english,
      )
  })
})

describe('what is told', () => {
  test('a failure with its facts: words in Chinese, the sentence behind the colon marked as English', () => {
    const told = inChinese.problem(
      failure('storage.unavailable', { problem: 'read error 5', object: 'packs/01' }),
    )
    equal(textOf(told.says), '存储出错：read error 5（packs/01）。')
    deepEqual(englishOf(told.says), ['read error 5'])
    deepEqual(englishOf(told.advises), [])
  })

  test('kinds, roles and states in braces are Chinese too', () => {
    const told = (code: ErrorCode, context: Record<string, string>) =>
      textOf(inChinese.problem(failure(code, context)).says)
    equal(told('record.exists', { kind: 'vault', name: 'main' }), '已有名为 main 的备份库。')
    equal(told('auth.forbidden', { role: 'auditor' }), '角色“审计员”无权执行此操作。')
    equal(told('job.over', { job: 'job-1', state: 'FAILED' }), '任务 job-1 已经是“失败”。')
  })

  test('the facts of a job are read out of the sentence that it keeps', () => {
    const { code, detail } = problemOf(failure('job.points-missing', { missing: '/srv and /home' }))
    const told = inChinese.problem({ code, detail, advise: '', context: {} })
    equal(textOf(told.says), '/srv and /home 没有生成备份点。')
    equal(textOf(told.advises), problemsChinese['job.points-missing'].advise)
  })

  test('every error told without its facts is Chinese, as long as its sentence tells them', () => {
    for (const code of codes) {
      const facts = Object.fromEntries(
        keysOf(`${catalogue[code].says} ${catalogue[code].advise}`).map((key, at) => [
          key,
          `fact-${at}`,
        ]),
      )
      const { detail, advise } = problemOf(failure(code, facts))
      const told = inChinese.problem({ code, detail, advise, context: facts })
      equal(textOf(told.says), filledIn(problemsChinese[code].says, facts), code)
      equal(textOf(told.advises), filledIn(problemsChinese[code].advise, facts), code)
    }
  })

  test('a sentence that was cut, and a code of a newer server, stay English and are marked', () => {
    const cut = {
      code: 'hook.failed',
      detail: 'The hook dump fai…',
      advise: 'See it.',
      context: {},
    }
    deepEqual(englishOf(inChinese.problem(cut).says), ['The hook dump fai…'])
    const newer = { code: 'vault.melted', detail: 'It melted.', advise: 'Cool it.', context: {} }
    deepEqual(inChinese.problem(newer), tellAsSaid(newer))
    deepEqual(englishOf(inChinese.problem(newer).advises), ['Cool it.'])
    deepEqual(englishOf(inChinese.sentence('Something new happened.')), ['Something new happened.'])
  })

  test('an error inside a warning is told in Chinese as well', () => {
    const inner = failure('storage.full', { object: 'packs/01' }).message
    equal(
      textOf(inChinese.sentence(`It is begun again (try 2): ${inner}`)),
      '任务重新开始（第 2 次）：备份库的存储空间已满（packs/01）。',
    )
  })

  test('an error that was written down with what to do is told with it', () => {
    const { message, advice } = failure('webhook.refused', { host: 'hooks.example', answer: '500' })
    equal(
      textOf(inChinese.sentence(`${message} ${advice}`)),
      '接收方 hooks.example 返回 500。请检查告警渠道的地址和密钥；不会跟随重定向。',
    )
  })

  test('names that look like parts of programs take nothing over (A20)', () => {
    const told = inChinese.problem({
      code: 'record.exists',
      detail: 'x',
      advise: '',
      context: JSON.parse('{"kind":"__proto__","name":"{kind} constructor"}'),
    })
    equal(textOf(told.says), '已有名为 {kind} constructor 的__proto__。')
    equal(factsIn('a {x} b {y} c', 'a b c'), undefined)
    equal(factsIn('{x}{y}.', 'one.'), undefined)
  })

  test('text of any length is read in one pass', () => {
    const hostile = ' MiB of free space in '.repeat(50_000)
    const began = performance.now()
    inChinese.sentence(hostile)
    inChinese.problem({ code: 'push.no-space', detail: hostile, advise: '', context: {} })
    ok(performance.now() - began < 2_000)
  })
})

/** Sentences are put together of several strings: four words in a row tell them. */
function runsOfWords(template: string): readonly string[] {
  const parts = wordsAndKeys(template)
    .filter((_, at) => at % 2 === 0)
    .map((part) => part.trim())
  return parts.flatMap((part) => {
    const words = part.split(' ')
    if (words.length < 4) return part.length < 8 ? [] : [part]
    return words.slice(3).map((_, at) => words.slice(at, at + 4).join(' '))
  })
}

function filledIn(template: string, facts: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, key: string) => facts[key] ?? '?')
}

/** Commands, options, paths and names of products may be in a Chinese sentence; words of English may not. */
function englishLeftIn(text: string): readonly string[] {
  const names =
    /\b(?:AgentChannelUnavailable|InstanceNotExists|InstanceNotRunning|TARGET_NOT_EXIST|HOLDFAST_\w+|Holdfast-Csrf|Holdfast|Idempotency-Key|API|SSH|HTTP|Webhook|PIN|PEM|ECDSA|ID|UTF|PNG|JPEG|GIF|WebP|README|NAME|FOLDER|FILE|ADDRESS|Essential|PostgreSQL|SQLite|Linux|ARM|MiB|MB|GB|epoch|root|glibc|musl|cron|dmesg|fuse3|fusermount3|ledger|copies|vault|config|docs|Asia|Shanghai)\b/g
  return (
    text
      .replaceAll(/`[^`]*`|"[^"]*"|\{\w+\}/g, '')
      .replaceAll(/--[a-z-]+(?: [A-Z]+)?|(?:[~/*]|https:\/\/)[\w./*-]*|\b[\w-]+(?:\/[\w.-]+)+/g, '')
      .replaceAll(/x86-64|P-256/g, '')
      .replaceAll(names, '')
      .match(/[A-Za-z]{2,}/g) ?? []
  )
}

function sourcesIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|^console/.test(name))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join('\n')
}
