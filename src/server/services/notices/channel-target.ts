/**
 * Where a channel leads, as it is kept. Of a webhook the address is sealed with the secret: for many receivers whoever
 * knows the address may send. What is shown of it is its host, with stars for the rest.
 */
import { assert } from '#base'
import { type AlertKind, alertKinds, type Channel, type WebhookForm, webhookForms } from '#contract'
import type { AlertChannel, JsonRecord } from '../../catalog/index.ts'
import type { SecretBox } from '../access/access-ports.ts'

/** Settings of a channel: what is no secret. */
export type ChannelSettings = {
  /** Undefined: all that there are. */
  readonly kinds: readonly AlertKind[] | undefined
} & (
  | { readonly kind: 'email'; readonly to: readonly string[] }
  /** The account's own contact, whoever that is when a message is sent. */
  | { readonly kind: 'contact' }
  | {
      readonly kind: 'webhook'
      readonly form: WebhookForm
      readonly shownAddress: string
      readonly signed: boolean
    }
)

export type WebhookSecret = { readonly address: string; readonly secret: string }

export function readSettings({
  kind,
  settings,
}: Pick<AlertChannel, 'kind' | 'settings'>): ChannelSettings & {
  readonly kinds: readonly AlertKind[]
} {
  const chosen = settings['kinds']
  const kinds =
    chosen === undefined ? alertKinds : alertKinds.filter((one) => textsOf(chosen).includes(one))
  if (kind === 'email') {
    return settings['contact'] === true
      ? { kind: 'contact', kinds }
      : { kind: 'email', kinds, to: textsOf(settings['to']) }
  }
  const form = webhookForms.find((one) => one === settings['form'])
  assert(form !== undefined, 'a channel is stored with a known form')
  return {
    kind,
    kinds,
    form,
    shownAddress: String(settings['shownAddress']),
    signed: settings['signed'] === true,
  }
}

export function writeSettings(settings: ChannelSettings): JsonRecord {
  const kinds = settings.kinds === undefined ? {} : { kinds: settings.kinds }
  if (settings.kind === 'contact') return { contact: true, ...kinds }
  if (settings.kind === 'email') return { to: settings.to, ...kinds }
  const { form, shownAddress, signed } = settings
  return { form, shownAddress, signed, ...kinds }
}

const stars = '***'

/** `https://hooks.slack.com/***`; an address without anything behind its host is shown whole. */
export function shownAddress(address: string): string {
  const url = new URL(address)
  const isBare = url.pathname === '/' && url.search === ''
  return isBare ? url.href : `${url.origin}/${stars}`
}

/** The target as answers show it. */
export function shownTarget(
  settings: ChannelSettings,
  contacts: readonly string[],
): Channel['target'] {
  switch (settings.kind) {
    case 'email':
      return { kind: 'email', to: [...settings.to] }
    case 'contact':
      return { kind: 'email', to: [...contacts] }
    case 'webhook':
      return { kind: 'webhook', address: settings.shownAddress, form: settings.form }
  }
}

export async function sealTarget(
  secrets: SecretBox,
  channelId: AlertChannel['id'],
  secret: WebhookSecret,
): Promise<Uint8Array> {
  return await secrets.seal(new TextEncoder().encode(JSON.stringify(secret)), contextOf(channelId))
}

export async function openTarget(
  secrets: SecretBox,
  channel: AlertChannel,
): Promise<WebhookSecret> {
  assert(channel.sealedSecret !== null, 'a webhook has a sealed address')
  const opened = await secrets.open(channel.sealedSecret, contextOf(channel.id))
  const stored: unknown = JSON.parse(new TextDecoder().decode(opened))
  assert(typeof stored === 'object' && stored !== null, 'a sealed target is a record')
  return { address: textOf(stored, 'address'), secret: textOf(stored, 'secret') }
}

function contextOf(channelId: string): string {
  return `alert-channel:${channelId}`
}

function textOf(record: object, name: string): string {
  const value: unknown = Reflect.get(record, name)
  assert(typeof value === 'string', 'a sealed target holds texts')
  return value
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
