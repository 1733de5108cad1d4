// A15, B6: an enemy swaps a folder for a link and back all the time, while the product restores into it, or backs it up.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { RestoreWorld } from '../restore/restore-world.ts'

export type Race = {
  /** How often the product did its work meanwhile. */
  readonly rounds: number
  /** Entries that it refused, because another thing stood in their place. */
  readonly refused: number
  /** Steps of the enemy that failed, because the product had made something there meanwhile. */
  readonly met: number
}

const filesPerFolder = 60

/** In memory where possible: what counts is how often the two meet. */
export const raceRoom = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Restores over a folder that is swapped for a link to the outside. Throws when anything gets there. */
export async function raceRestore(world: RestoreWorld, swaps: number): Promise<Race> {
  const target = world.makeFolder('target')
  const outside = world.makeFolder('outside')
  fs.chmodSync(outside, 0o755)
  fs.mkdirSync(join(target, 'door/inner'), { recursive: true })
  const source = world.makeFolder('source')
  fillFolder(join(source, 'door'), 'content')
  const point = await world.backup(source)
  return await race(
    { room: target, outside, aside: world.makeFolder('aside'), swaps, stayMicros: 0 },
    async () => {
      const options = { onConflict: 'overwrite', threads: 2 } as const
      const outcome = await world.restore(point, target, options).catch((problem: unknown) => {
        // A folder that vanishes for a moment may end a run; what matters is where it wrote.
        ok(problem instanceof Error, String(problem))
        return undefined
      })
      deepEqual(fs.readdirSync(outside), [], 'nothing was written outside')
      equal(fs.statSync(outside).mode & 0o7777, 0o755, 'the outside keeps its mode')
      return outcome?.failures.length ?? 1
    },
  )
}

/** Backs up a folder that is swapped for a link to secrets. Throws when a point holds any of them. */
export async function raceBackup(world: RestoreWorld, swaps: number): Promise<Race> {
  const source = world.makeFolder('source')
  const outside = world.makeFolder('outside')
  fillFolder(join(source, 'door'), 'content')
  fillFolder(outside, 'secret!')
  fs.writeFileSync(join(outside, 'only outside'), 'secret!')
  return await race(
    { room: source, outside, aside: world.makeFolder('aside'), swaps, stayMicros: 500 },
    async () => {
      const point = await world.backup(source)
      const back = world.makeFolder('back')
      await world.restore(point, back)
      const finds = (program: string, ...words: readonly string[]) =>
        spawnSync(program, words, { encoding: 'latin1' }).stdout
      equal(finds('grep', '-rl', 'secret', back), '', 'no content from outside is in the point')
      equal(finds('find', back, '-name', 'only outside'), '', 'nor a name')
      return point.point.failureCount
    },
  )
}

/** Small files, larger ones, and folders, by the same names wherever it is done. */
function fillFolder(folder: string, words: string): void {
  fs.mkdirSync(join(folder, 'inner'), { recursive: true })
  for (let i = 0; i < filesPerFolder; i++) {
    fs.writeFileSync(join(folder, `f${i}`), words.repeat(i + 1))
    fs.writeFileSync(join(folder, `inner/f${i}`), words.repeat(i + 1))
    fs.mkdirSync(join(folder, `d${i}`))
    fs.writeFileSync(join(folder, `d${i}/file`), words)
  }
}

type Field = {
  /** Holds the folder `door` that is swapped. */
  readonly room: string
  /** Where the link leads. */
  readonly outside: string
  /** Where the folder is meanwhile. */
  readonly aside: string
  readonly swaps: number
  /** The folder, and the link, stay for up to so long; 0 as short as can be. */
  readonly stayMicros: number
}

/** @param work answers how much was refused */
async function race(field: Field, work: () => Promise<number>): Promise<Race> {
  const { room, outside, aside, swaps, stayMicros } = field
  const words = [join(room, 'door'), join(aside, 'door'), outside, `${swaps}`, `${stayMicros}`]
  const enemy = spawn(process.execPath, ['-e', enemyProgram, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let rounds = 0
  let refused = 0
  let told = ''
  enemy.stdout.on('data', (data) => (told += String(data)))
  const ended = once(enemy, 'close')
  try {
    await once(enemy.stdout, 'data')
    for (; enemy.exitCode === null; rounds++) {
      refused += await work()
      // Work that fails at once would not let us hear of the enemy's end.
      await setImmediate()
    }
  } finally {
    enemy.kill('SIGKILL')
  }
  await ended
  equal(enemy.exitCode, 0, 'the enemy has made all swaps')
  return { rounds, refused, met: Number(told.split('\n')[1]) }
}

/** Only links that stood count as swaps. A step may meet what the product has made meanwhile, and fail. */
const enemyProgram = `
const fs = require('node:fs')
const [, door, aside, outside, swaps, stayMicros] = process.argv
let met = 0
const stay = () => {
  const until = performance.now() + Math.random() * Number(stayMicros) / 1000
  while (performance.now() < until);
}
process.stdout.write('ready\\n')
for (let done = 0; done < Number(swaps); ) {
  try { fs.renameSync(door, aside) } catch { met++; continue }
  try { fs.symlinkSync(outside, door); done++ } catch { met++ }
  stay()
  try { fs.unlinkSync(door) } catch { met++ }
  try { fs.renameSync(aside, door) } catch { met++; fs.rmSync(aside, { recursive: true, force: true }) }
  stay()
}
process.stdout.write(met + '\\n')
`
