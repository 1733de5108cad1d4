/**
 * A message as the receivers of webhooks read it. `json` is for programs: signed, with an id that is equal in every try.
 * The others are for chats: there a name of a machine is text, never a mention, a link or markup (A18).
 */
import { createHmac } from 'node:crypto'
import { unreachable } from '#base'
import type { NoticeLanguage, WebhookForm } from '#contract'
import type { JsonRecord } from '../../catalog/index.ts'
import { messageLines, type NoticeMessage } from './notice-message.ts'
import type { WebhookCall } from './notice-ports.ts'
import { wordsOf } from './notice-words.ts'

export type WebhookTarget = {
  readonly form: WebhookForm
  readonly address: string
  /** '': messages are not signed. */
  readonly secret: string
}

export type WebhookMessage = {
  /** Of the delivery: whoever has seen it may drop it. */
  readonly id: string
  readonly message: NoticeMessage
  readonly language: NoticeLanguage
  /** What programs read besides title and text. */
  readonly facts: JsonRecord
  /** Of this try, in milliseconds: a receiver refuses what is too old to be no replay. */
  readonly now: number
}

export function renderWebhook(target: WebhookTarget, given: WebhookMessage): WebhookCall {
  const { address, form, secret } = target
  switch (form) {
    case 'json':
      return signedCall(target, given, jsonBody(given))
    case 'slack':
      return signedCall(target, given, { text: slackText(given) })
    case 'teams':
      return signedCall(target, given, teamsBody(given))
    case 'ntfy': {
      const url = new URL(address)
      const topic = url.pathname.split('/').findLast((part) => part !== '') ?? ''
      const call = plainCall(new URL('/', url).href, given, ntfyBody(given, topic))
      if (secret === '') return call
      return { ...call, headers: { ...call.headers, authorization: `Bearer ${secret}` } }
    }
    case 'dingtalk':
      return {
        ...plainCall(dingtalkAddress(target, given.now), given, dingtalkBody(given)),
        refusalField: 'errcode',
      }
    default:
      return unreachable(form)
  }
}

/** `t=<seconds>,v1=<hexadecimal HMAC-SHA-256 of "<seconds>.<body>">`. */
export function signatureOf(secret: string, now: number, body: string): string {
  const seconds = Math.floor(now / 1000)
  const proof = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${proof}`
}

function signedCall(target: WebhookTarget, given: WebhookMessage, content: object): WebhookCall {
  const call = plainCall(target.address, given, content)
  if (target.secret === '') return call
  const signature = signatureOf(target.secret, given.now, call.body)
  return { ...call, headers: { ...call.headers, 'holdfast-signature': signature } }
}

function plainCall(address: string, given: WebhookMessage, content: object): WebhookCall {
  return {
    address,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'holdfast-delivery': given.id,
      'holdfast-timestamp': String(Math.floor(given.now / 1000)),
    },
    body: JSON.stringify(content),
  }
}

function jsonBody({ id, message, language, facts }: WebhookMessage): object {
  return {
    id,
    ...facts,
    level: message.level,
    title: message.title,
    text: messageLines(message, wordsOf(language)).join('\n'),
    ...(message.link === undefined ? {} : { link: message.link }),
  }
}

/** Receivers that speak Slack's way read mentions and links out of the text: without their signs there are none. */
function slackText({ message, language }: WebhookMessage): string {
  const words = wordsOf(language)
  const link = message.link === undefined ? [] : [`<${message.link}|${words.labels.look}>`]
  const lines = [`${words.levels[message.level]}: ${message.title}`].concat(
    messageLines(message, words),
  )
  return [...lines.map(withoutMarkup), ...link].join('\n')
}

function withoutMarkup(line: string): string {
  return line
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '＠')
    .replace(/[*_~`]/g, (sign) => fullWidth[sign] ?? sign)
}

const fullWidth: Readonly<Record<string, string>> = { '*': '＊', _: '＿', '~': '～', '`': '｀' }

/** Runs of text hold no markup in an adaptive card. */
function teamsBody({ message, language }: WebhookMessage): object {
  const words = wordsOf(language)
  const colour = { notice: 'accent', warning: 'warning', critical: 'attention' } as const
  const paragraph = (text: string, style: object = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...style }],
  })
  const actions =
    message.link === undefined
      ? []
      : [{ type: 'Action.OpenUrl', title: words.labels.look, url: message.link }]
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      paragraph(message.title, { weight: 'bolder', size: 'medium', color: colour[message.level] }),
      ...messageLines(message, words).map((line) => paragraph(line)),
    ],
    actions,
  }
  const contentType = 'application/vnd.microsoft.card.adaptive'
  return { type: 'message', attachments: [{ contentType, content }] }
}

function ntfyBody({ message, language }: WebhookMessage, topic: string): object {
  const priority = { notice: 3, warning: 4, critical: 5 } as const
  return {
    topic,
    title: message.title,
    message: messageLines(message, wordsOf(language)).join('\n'),
    priority: priority[message.level],
    ...(message.link === undefined ? {} : { click: message.link }),
  }
}

/** Its robots want a keyword, an address or this signature. */
function dingtalkAddress({ address, secret }: WebhookTarget, now: number): string {
  if (secret === '') return address
  const url = new URL(address)
  const sign = createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64')
  url.searchParams.set('timestamp', String(now))
  url.searchParams.set('sign', sign)
  return url.href
}

/** As text, not as Markdown: there is nothing to escape in it; `@` mentions nobody without `at`. */
function dingtalkBody({ message, language }: WebhookMessage): object {
  const words = wordsOf(language)
  const link = message.link === undefined ? [] : [message.link]
  const lines = [`[Holdfast] ${words.levels[message.level]}: ${message.title}`]
  const content = [...lines, ...messageLines(message, words), ...link].join('\n')
  return { msgtype: 'text', text: { content }, at: { isAtAll: false } }
}
