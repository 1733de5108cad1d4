// A few rounds of `npm run kill:fleet`.

import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { KillingFleet } from './killing-fleet.ts'
import { needsRoot } from './world.ts'

test('D5: three kills of server and agent lose no version and leave no job behind', {
  skip: needsRoot,
}, async (t) => {
  const seed = 3
  await using fleet = await KillingFleet.open(seed)
  for (let i = 0; i < 3; i++) t.diagnostic(JSON.stringify(await fleet.round()))
  equal((await fleet.checkAll()) > 1, true)
})
