import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type NoticeLanguage, noticeLanguages, webhookForms } from '#contract'
import type { Alert } from '../../catalog/index.ts'
import { bytesText, inert } from './fact-reader.ts'
import { allFacts, idOf } from './facts.fixture.ts'
import { renderMail } from './mail-form.ts'
import { alertMessage, digestMessage, messageLines, type Reading } from './notice-message.ts'
import { wordsOf } from './notice-words.ts'
import { settleFact } from './settle-fact.ts'
import { renderWebhook, signatureOf } from './webhook-form.ts'

const alerts: readonly Alert[] = allFacts.flatMap((fact) => {
  const { raises } = settleFact(fact)
  return raises === undefined ? [] : [alertOf(raises)]
})
// What obeys: controls, direction marks, what does not show.
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

test('every kind of alert is told in both languages: who, what, since when, what to do, where to look (H4)', () => {
  // Those of all eleven kinds, and that of deletions that are refused again and again.
  equal(alerts.length, 12)
  for (const language of noticeLanguages) {
    for (const alert of alerts) {
      const { subject, text, html } = renderMail(messageOf(alert, language), language)
      const name = String(
        alert.facts['instanceName'] ?? alert.facts['vaultName'] ?? alert.facts['address'],
      )
      for (const part of [subject, text, html]) {
        const isOfAccount = alert.vaultId === null && alert.instanceId === null
        if (!isOfAccount || part !== subject) ok(part.includes(name), `${alert.kind} ${part}`)
        ok(!/undefined|NaN|\[object|–/.test(part), `${alert.kind} ${part}`)
      }
      match(text, /2026-09-21 22:13/)
      ok(text.includes(wordsOf(language).labels.whatToDo))
      ok(text.includes(`https://backup.example.org/alerts/${alert.id}`))
    }
  }
  const titles = noticeLanguages.map((language) =>
    alerts.map((alert) => messageOf(alert, language).title),
  )
  equal(new Set(titles.flat()).size, 24)
})

test('facts that an older program did not keep are dashes, never a message that fails', () => {
  for (const alert of alerts) {
    for (const language of noticeLanguages) {
      const { text } = renderMail(messageOf({ ...alert, facts: {} }, language), language)
      ok(!/undefined|NaN|\[object/.test(text), text)
    }
  }
})

test('A18: no text of a machine gets its way in mail, whatever it holds', () => {
  const [alert] = alerts
  ok(alert !== undefined)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const facts = { instanceName: text, problem: text }
      const mail = renderMail(messageOf({ ...alert, facts }, 'en'), 'en')
      ok(!obeyed.test(mail.subject))
      ok(!obeyed.test(mail.text.replaceAll('\n', '')))
      const tags = [...mail.html.matchAll(/<\/?([a-z!]+)/gi)].map(([, tag]) => tag)
      deepEqual(tags, expectedTags)
    }),
  )
})

test('A18: in chats a name mentions nobody, links to nothing and is no markup', () => {
  const [alert] = alerts
  ok(alert !== undefined)
  const facts = {
    instanceName: '<!channel> @all <http://evil.example|x> *b* _i_ `c` & www.evil.example',
  }
  const given = { ...outgoing, message: messageOf({ ...alert, facts }, 'en') }
  const { body } = renderWebhook(
    { form: 'slack', address: 'https://hook.example/', secret: '' },
    given,
  )
  const line = String(JSON.parse(body).text).split('\n')[0] ?? ''
  equal(
    line,
    'Critical: Backup of &lt;!channel&gt; ＠all &lt;http[:]//evil.example|x&gt; ＊b＊ ＿i＿ ｀c｀ &amp; www[.]evil.example failed',
  )
})

test('a signature is over the time and the very bytes that are sent (H4)', () => {
  const expected = createHmac('sha256', 'key').update('1790000000.{"a":1}').digest('hex')
  equal(signatureOf('key', 1_790_000_000_999, '{"a":1}'), `t=1790000000,v1=${expected}`)
  const target = { form: 'json', address: 'https://hook.example/', secret: 'key' } as const
  const call = renderWebhook(target, outgoing)
  equal(call.headers['holdfast-signature'], signatureOf('key', outgoing.now, call.body))
  equal(renderWebhook({ ...target, secret: '' }, outgoing).headers['holdfast-signature'], undefined)
})

test('a DingTalk address is signed as DingTalk wants it: HMAC of time and secret, with the secret (H4)', () => {
  const address = 'https://oapi.dingtalk.com/robot/send?access_token=x'
  const call = renderWebhook({ form: 'dingtalk', address, secret: 'SECabc' }, outgoing)
  const { searchParams } = new URL(call.address)
  const sign = createHmac('sha256', 'SECabc').update(`${outgoing.now}\nSECabc`).digest('base64')
  deepEqual(Object.fromEntries(searchParams), {
    access_token: 'x',
    timestamp: String(outgoing.now),
    sign,
  })
  equal(call.refusalField, 'errcode')
})

test('every form carries the id of the delivery, and no form the secret in its body', () => {
  for (const form of webhookForms) {
    const target = { form, address: 'https://hook.example/topic', secret: 'do-not-tell' }
    const call = renderWebhook(target, outgoing)
    equal(call.headers['holdfast-delivery'], outgoing.id, form)
    ok(!call.body.includes('do-not-tell'), form)
    JSON.parse(call.body)
  }
})

test('many at once are one message that lists the first fifty and counts the rest (H4)', () => {
  const [alert] = alerts
  ok(alert !== undefined)
  const messages = Array.from({ length: 60 }, () => messageOf(alert, 'zh'))
  const digest = digestMessage(messages, readingOf('zh'))
  deepEqual([digest.title, digest.level, digest.happened.length], ['60 条告警', 'critical', 51])
  equal(digest.happened.at(-1), '……另有 10 条，请在控制台查看。')
})

test('an alert that is over says so, gives no advice, and is a notice', () => {
  const [alert] = alerts
  ok(alert !== undefined)
  const over = alertMessage(
    { ...alert, occurrences: 3, endedAt: alert.raisedAt + 60_000 },
    readingOf('en'),
    'ended',
  )
  deepEqual([over.level, over.title, over.advice], ['notice', 'Over: Backup of web-1 failed', []])
  deepEqual(over.happened.slice(1), [
    'Found 3 times since 2026-09-21 22:13.',
    'The cause is gone since 2026-09-21 22:14.',
  ])
})

test('sizes have one unit, and texts are cut, not sent whole', () => {
  deepEqual([0, 1023, 1024, 1.5 * 2 ** 30, 2 ** 60].map(bytesText), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 GiB',
    '1024.0 PiB',
  ])
  equal([...inert('x'.repeat(5_000))].length, 300)
})

const outgoing = {
  id: 'al-1.1.ch-1',
  message: messageOf(alerts[0] as Alert, 'en'),
  language: 'en',
  facts: { event: 'alert.raised' },
  now: 1_790_000_000_123,
} as const
const expectedTags = [...renderMail(outgoing.message, 'en').html.matchAll(/<\/?([a-z!]+)/gi)].map(
  ([, tag]) => tag,
)

function readingOf(language: NoticeLanguage): Reading {
  return {
    language,
    timeZone: 'Asia/Shanghai',
    accountName: 'Example',
    publicAddress: 'https://backup.example.org/',
  }
}

function messageOf(alert: Alert, language: NoticeLanguage) {
  const message = alertMessage(alert, readingOf(language), 'raised')
  ok(messageLines(message, wordsOf(language)).length > 3)
  return message
}

function alertOf(raises: NonNullable<ReturnType<typeof settleFact>['raises']>): Alert {
  return {
    ...raises,
    id: idOf('alert'),
    accountId: idOf('account'),
    regionId: 'hangzhou',
    occurrences: 1,
    raisedAt: 1_790_000_000_000,
    lastAt: 1_790_000_000_000,
    readAt: null,
    endedAt: null,
    notifiedAt: null,
  }
}
