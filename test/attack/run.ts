/**
 * npm run attack -- [--swaps 1000000] [--backup-swaps 100000] [--sealings 10000000] [--no-locks]
 *
 * A15 and A23 at the length that they ask for; 0 leaves one out. A08 with every route and both locks. Throws when an attack
 * succeeds.
 */

import { equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RestoreWorld } from '../restore/restore-world.ts'
import { countKeys, mayClone, sealInCopies, sealInProcesses } from './many-sealings.ts'
import { type Race, raceBackup, raceRestore, raceRoom } from './swap-race.ts'

const { values } = parseArgs({
  options: {
    swaps: { type: 'string', default: '1000000' },
    'backup-swaps': { type: 'string', default: '100000' },
    sealings: { type: 'string', default: '10000000' },
    'no-locks': { type: 'boolean', default: false },
  },
})

const processes = 32
const copies = 15
/** Of all sealings, for forks and for clones each. */
const copiedShare = 0.1

if (Number(values.sealings) > 0) await attackKeys(Number(values.sealings))
await attackFolder('restores', Number(values.swaps), raceRestore)
await attackFolder('backups', Number(values['backup-swaps']), raceBackup)

if (!values['no-locks']) attackLocks()

/** Every route of the table, not only those that say of themselves that they may touch the life of points. */
function attackLocks(): void {
  const file = join(import.meta.dirname, 'server/lock-matrix.test.ts')
  const env = { ...process.env, HOLDFAST_ATTACK: 'whole' }
  const { status } = spawnSync(process.execPath, ['--test', file], { env, stdio: 'inherit' })
  equal(status, 0, 'no lock is broken')
}

async function attackKeys(sealings: number): Promise<void> {
  const startedAt = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sealings-'))
  try {
    const manners = mayClone() ? (['fork', 'clone'] as const) : (['fork'] as const)
    const copied = Math.floor(sealings * copiedShare)
    const rest = sealings - copied * manners.length
    const killed = await sealInProcesses({ folder, sealings: rest, processes, copies })
    for (const manner of manners) {
      await sealInCopies({ folder, sealings: copied, processes, copies }, manner)
    }
    const { keys, repeats } = countKeys(folder)
    console.log(
      `A23: ${keys} sealings in ${processes} processes of two threads, ${killed} of them killed and followed,`,
      `and in ${copies} copies by ${manners.join(' and by ')}: ${repeats} keys served twice; ${secondsSince(startedAt)} s`,
    )
    ok(keys >= sealings, 'all were made')
    equal(repeats, 0, 'no key serves twice')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function attackFolder(
  what: string,
  swaps: number,
  race: (world: RestoreWorld, swaps: number) => Promise<Race>,
): Promise<void> {
  if (swaps === 0) return
  const startedAt = performance.now()
  const endings: (() => void)[] = []
  try {
    const world = await RestoreWorld.make({ after: (end) => endings.push(end) }, raceRoom)
    const { rounds, refused, met } = await race(world, swaps)
    console.log(
      `A15: ${swaps} swaps during ${rounds} ${what}: nothing escaped; ${refused} entries refused,`,
      `${met} steps of the enemy met by the product; ${secondsSince(startedAt)} s`,
    )
  } finally {
    for (const end of endings) end()
  }
}

function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1000)
}
