/** A channel as a call wants it, merged with what is stored. */
import { failure } from '#base'
import type { Call, routes, WebhookForm } from '#contract'
import type { AlertChannel } from '../../catalog/index.ts'
import type { SecretBox } from '../access/access-ports.ts'
import {
  type ChannelSettings,
  openTarget,
  readSettings,
  sealTarget,
  shownAddress,
  type WebhookSecret,
  writeSettings,
} from './channel-target.ts'

export type ChannelChange = Call<(typeof routes)['channels']['update']>['body']
export type NewChannel = Call<(typeof routes)['channels']['create']>['body']

export type ChannelDraft =
  | {
      readonly fresh: Pick<AlertChannel, 'id' | 'accountId' | 'createdAt' | 'updatedAt'>
      readonly change: NewChannel
    }
  | { readonly found: AlertChannel; readonly change: ChannelChange }

export async function mergeChannel(secrets: SecretBox, draft: ChannelDraft): Promise<AlertChannel> {
  const { change } = draft
  if ('fresh' in draft) {
    const { name, target, enabled = true, kinds, secret = '' } = draft.change
    const parts = await mergeTarget(secrets, { id: draft.fresh.id, target, secret, kinds })
    return { ...draft.fresh, name, enabled, ...parts }
  }
  const { found } = draft
  const settings = readSettings(found)
  const kinds = change.kinds ?? (found.settings['kinds'] === undefined ? undefined : settings.kinds)
  const kept = {
    ...found,
    name: change.name ?? found.name,
    enabled: change.enabled ?? found.enabled,
  }
  const stored = found.kind === 'webhook' ? await openTarget(secrets, found) : undefined
  const target = change.target ?? storedTarget(settings)
  if (target === undefined) {
    refuseSecret(change.secret)
    return { ...kept, settings: writeSettings({ kind: 'contact', kinds }) }
  }
  const parts = await mergeTarget(secrets, {
    id: found.id,
    target,
    kinds,
    secret: change.secret,
    ...(stored === undefined || settings.kind !== 'webhook'
      ? {}
      : { stored, shown: settings.shownAddress }),
  })
  return { ...kept, ...parts }
}

/** Undefined: of the account's contact. */
function storedTarget(settings: ChannelSettings): NewChannel['target'] | undefined {
  switch (settings.kind) {
    case 'contact':
      return undefined
    case 'email':
      return { kind: 'email', to: [...settings.to] }
    case 'webhook':
      return { kind: 'webhook', form: settings.form, address: settings.shownAddress }
  }
}

type TargetRequest = {
  readonly id: AlertChannel['id']
  readonly target: NewChannel['target']
  readonly kinds: ChannelSettings['kinds']
  /** Undefined: that which is stored. */
  readonly secret: string | undefined
  readonly stored?: WebhookSecret
  /** The stored address as answers show it: who sends it back keeps the address. */
  readonly shown?: string
}

async function mergeTarget(
  secrets: SecretBox,
  request: TargetRequest,
): Promise<Pick<AlertChannel, 'kind' | 'settings' | 'sealedSecret'>> {
  const { target, kinds, id } = request
  if (target.kind === 'email') {
    refuseSecret(request.secret)
    const settings = writeSettings({ kind: 'email', to: target.to, kinds })
    return { kind: 'email', settings, sealedSecret: null }
  }
  const { stored, shown } = request
  const address = stored !== undefined && target.address === shown ? stored.address : target.address
  checkAddress(address, target.form)
  // A secret is for the receiver that it was given for: another host must not get it.
  const isSameHost =
    stored !== undefined && new URL(stored.address).origin === new URL(address).origin
  const secret = request.secret ?? (isSameHost ? stored.secret : '')
  return {
    kind: 'webhook',
    settings: writeSettings({
      kind: 'webhook',
      form: target.form,
      shownAddress: shownAddress(address),
      signed: secret !== '',
      kinds,
    }),
    sealedSecret: await sealTarget(secrets, id, { address, secret }),
  }
}

function refuseSecret(secret: string | undefined): void {
  if (secret === undefined || secret === '') return
  const problem = 'only webhooks have a secret'
  throw failure('request.invalid', { where: 'body.secret', problem })
}

function checkAddress(address: string, form: WebhookForm): void {
  const url = new URL(address)
  const problem =
    url.username !== '' || url.password !== ''
      ? 'an address holds no password; give it as `secret`'
      : form === 'ntfy' && url.pathname === '/'
        ? 'the address of ntfy ends with the topic'
        : undefined
  if (problem !== undefined) {
    throw failure('request.invalid', { where: 'body.target.address', problem })
  }
}
