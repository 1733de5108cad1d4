import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertKind, AlertSetting } from '#contract'
import type { AlertChannel } from '../../catalog/index.ts'
import { idOf } from './facts.fixture.ts'
import { chooseChannels, type OwnSetting } from './recipients.ts'

const channel = (
  number: number,
  facts: { readonly enabled?: boolean; readonly kinds?: readonly AlertKind[] } = {},
): AlertChannel => ({
  id: idOf('channel', number),
  accountId: idOf('account'),
  kind: 'email',
  name: `channel ${number}`,
  settings: { to: ['a@example.org'], ...(facts.kinds === undefined ? {} : { kinds: facts.kinds }) },
  sealedSecret: null,
  enabled: facts.enabled ?? true,
  createdAt: 0,
  updatedAt: 0,
})
const channels = [
  channel(1),
  channel(2),
  channel(3, { enabled: false }),
  channel(4, { kinds: ['KEY_EVENT'] }),
]
const own = (alertSetting: AlertSetting, ...numbers: readonly number[]): OwnSetting => ({
  alertSetting,
  alertChannels: numbers.map((number) => idOf('channel', number)),
})
const chosen = (
  client: OwnSetting | undefined,
  vault: OwnSetting | undefined,
  kind: AlertKind = 'BACKUP_FAILED',
) => {
  const ids = chooseChannels({ kind, client, vault, channels })
  return channels.flatMap(({ id }, at) => (ids.includes(id) ? [at + 1] : []))
}

test('without settings the account is told: all channels that are on and want this kind (H4)', () => {
  deepEqual(chosen(undefined, undefined), [1, 2])
  deepEqual(chosen(undefined, undefined, 'KEY_EVENT'), [1, 2, 4])
  deepEqual(chosen(own('account'), own('off')), [1, 2])
})

test('a client inherits from its vault, and overrides it when it says something itself (H4)', () => {
  deepEqual(chosen(own('inherit'), own('off')), [])
  deepEqual(chosen(own('inherit'), own('custom', 2)), [2])
  deepEqual(chosen(own('inherit', 1), undefined), [1, 2])
  deepEqual(chosen(own('off'), own('account')), [])
  deepEqual(chosen(own('custom', 1), own('off')), [1])
  deepEqual(chosen(undefined, own('off')), [])
})

test('custom channels are told alone, if they are on and want this kind (H4)', () => {
  deepEqual(chosen(own('custom', 2, 3), undefined), [2])
  deepEqual(chosen(own('custom', 3), undefined), [])
  deepEqual(chosen(own('custom', 4), undefined), [])
  deepEqual(chosen(own('custom', 4), undefined, 'KEY_EVENT'), [4])
})

test('custom channels that are all gone are no silence: the account is told (H4)', () => {
  deepEqual(chosen(own('custom', 77), undefined), [1, 2])
  deepEqual(chosen(own('custom'), own('off')), [1, 2])
})
