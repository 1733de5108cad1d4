// F02: the real program is killed in the middle of its jobs; `npm run kill -- --times 200` does so for longer.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Desk, readEvents } from '../e2e/program.ts'
import { bytesBelow, KillingWorld } from './killing-world.ts'

const kills = 10
const roundsMax = 40

test('F02: whatever is killed, what was acknowledged stays whole and the next job goes on', async (context) => {
  const seed = Number(process.env['HOLDFAST_SEED'] ?? Math.floor(Math.random() * 1e6))
  context.diagnostic(`HOLDFAST_SEED=${seed}`)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const world = new KillingWorld(folder, { seed, files: 120, restores: 'one', steps: false })
  await world.begin()
  let killed = 0
  for (let i = 0; i < roundsMax && killed < kills; i++) {
    const round = await world.round()
    context.diagnostic(`${round.verb} ${round.killed ? 'killed' : 'done'} ${round.blow}`)
    if (round.killed) killed++
  }
  equal(killed, kills)
  const { packBytes, freshBytes } = await world.finish()
  ok(packBytes < freshBytes * 1.1 + 65_536, `${packBytes} bytes stay where ${freshBytes} would do`)
})

test('F02: what a killed backup has uploaded is used by the next one, not uploaded again', async (context) => {
  const desk = new Desk(context)
  const totalBytes = 96 * 1024 * 1024
  for (let i = 0; i < 12; i++)
    writeFileSync(join(desk.source, `file ${i}`), randomBytes(totalBytes / 12))
  desk.do(['init'])
  const packs = join(desk.vault, 'pack')
  const child = desk.start(['backup', desk.source])
  const ended = once(child, 'exit')
  while (child.exitCode === null && bytesBelow(packs) === 0)
    await new Promise((resolve) => setTimeout(resolve, 2))
  child.kill('SIGKILL')
  const [, signal] = await ended
  equal(signal, 'SIGKILL', 'killed in time')
  const before = bytesBelow(packs)
  const point = readEvents(desk.do(['backup', desk.source, '--json'])).at(-1)
  equal(point?.event, 'point')
  ok(before > 8_000_000, `only ${before} bytes were there`)
  ok(bytesBelow(packs) < totalBytes * 1.02, 'nothing lies there twice')
  deepEqual(readdirSync(join(desk.vault, 'tmp')), [])
  desk.do(['gc', '--grace', '0d'])
  ok(bytesBelow(packs) < totalBytes * 1.02)
  desk.do(['verify', '--read-data'])
})
