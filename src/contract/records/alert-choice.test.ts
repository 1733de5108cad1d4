import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { ids } from '../ids.ts'
import { instanceChange } from './instance.ts'
import { vaultChange } from './vault.ts'

const night = ids.channel.parse('ch-00000000000000000000000001')

test('channels go with custom, and custom with channels: there is no silence by mistake (H4)', () => {
  const bodies = [
    {},
    { alertSetting: 'off' },
    { alertSetting: 'custom', alertChannelIds: [night] },
    { alertSetting: 'custom' },
    { alertSetting: 'custom', alertChannelIds: [] },
    { alertSetting: 'account', alertChannelIds: [night] },
    { alertChannelIds: [night] },
  ]
  for (const schema of [instanceChange, vaultChange])
    deepEqual(
      bodies.map((body) => schema.safeParse(body).success),
      [true, true, true, false, false, false, false],
    )
})
