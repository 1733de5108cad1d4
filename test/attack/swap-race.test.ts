// A15, a share of it; `npm run attack` makes 10^6 swaps.

import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import { RestoreWorld } from '../restore/restore-world.ts'
import { raceBackup, raceRestore, raceRoom } from './swap-race.ts'

test('A15: a folder that is swapped for a link and back all the time lets nothing out', async (context) => {
  const race = await raceRestore(await RestoreWorld.make(context, raceRoom), 20_000)
  context.diagnostic(JSON.stringify(race))
  ok(race.met > 0, 'the race took place')
})

test('A15, B6: a folder that is swapped for a link and back all the time lets nothing in', async (context) => {
  const race = await raceBackup(await RestoreWorld.make(context, raceRoom), 1_500)
  context.diagnostic(JSON.stringify(race))
  ok(race.refused > 0, 'the race took place')
})
