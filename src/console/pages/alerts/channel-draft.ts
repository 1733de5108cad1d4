/** What the form of a channel holds, and the call that it becomes. */
import type { AlertKind, CallInput, Channel, routes, WebhookForm } from '#contract'

type NewChannel = NonNullable<CallInput<typeof routes.channels.create>['body']>
type ChannelChange = NonNullable<CallInput<typeof routes.channels.update>['body']>

export type ChannelDraft = {
  readonly name: string
  readonly kind: 'email' | 'webhook'
  readonly to: readonly string[]
  readonly address: string
  readonly form: WebhookForm
  readonly secret: string
  readonly dropsSecret: boolean
  /** None: all. */
  readonly kinds: readonly AlertKind[]
  readonly enabled: boolean
}

export function draftOf(channel: Channel | undefined, kindsAll: number): ChannelDraft {
  const target = channel?.target
  const kinds = channel?.kinds ?? []
  return {
    name: channel?.name ?? '',
    kind: target?.kind ?? 'email',
    to: target?.kind === 'email' ? target.to : [],
    address: target?.kind === 'webhook' ? target.address : '',
    form: target?.kind === 'webhook' ? target.form : 'json',
    secret: '',
    dropsSecret: false,
    kinds: kinds.length === kindsAll ? [] : kinds,
    enabled: channel?.enabled ?? true,
  }
}

export function newChannelOf(draft: ChannelDraft): NewChannel {
  const { name, secret, kinds, enabled } = draft
  return {
    name: name.trim(),
    target: targetOf(draft),
    enabled,
    ...(draft.kind === 'webhook' && secret !== '' ? { secret } : {}),
    ...(kinds.length === 0 ? {} : { kinds: [...kinds] }),
  }
}

/** Only what was changed: the channel of the account's contact stays that of whoever is the contact. */
export function changeOf(
  draft: ChannelDraft,
  before: ChannelDraft,
  kindsAll: readonly AlertKind[],
): ChannelChange {
  const target = targetOf(draft)
  const isNewTarget = JSON.stringify(target) !== JSON.stringify(targetOf(before))
  const isNewKinds = draft.kinds.join() !== before.kinds.join()
  return {
    name: draft.name.trim(),
    enabled: draft.enabled,
    ...(isNewTarget ? { target } : {}),
    ...(isNewKinds ? { kinds: [...(draft.kinds.length === 0 ? kindsAll : draft.kinds)] } : {}),
    ...secretOf(draft),
  }
}

function secretOf({ kind, secret, dropsSecret }: ChannelDraft): Pick<ChannelChange, 'secret'> {
  if (kind !== 'webhook') return {}
  if (secret !== '') return { secret }
  return dropsSecret ? { secret: '' } : {}
}

function targetOf({ kind, to, address, form }: ChannelDraft): NewChannel['target'] {
  return kind === 'email'
    ? { kind, to: to.map((one) => one.trim()) }
    : { kind, address: address.trim(), form }
}

const mailAddress = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

export function badAddressesIn({ kind, to }: ChannelDraft): readonly string[] {
  return kind === 'email' ? to.filter((one) => !mailAddress.test(one.trim())) : []
}
