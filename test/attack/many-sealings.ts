// A23: seals in many processes and threads, some killed on the way, some copied while they run, and looks whether any
// key served twice.

import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert, forEachLimited } from '#base'
import type { CopyTask } from './copied-machine.ts'
import { printBytes, type SealerTask } from './sealer.ts'

export type SealingPlan = {
  /** An empty folder for the prints of the keys. */
  readonly folder: string
  readonly sealings: number
  readonly processes: number
  /** Copies of one running process. */
  readonly copies: number
}

const processesAtOnce = 2
const threadsPerProcess = 2
const copyAttemptsMax = 3
const lookEveryMs = 5
const pathOf = (program: string) => fileURLToPath(new URL(program, import.meta.url))

/** Equal contents, sealed by processes that know nothing of each other. Answers how many of them were killed. */
export async function sealInProcesses(plan: SealingPlan): Promise<number> {
  const { folder, sealings, processes } = plan
  const share = Math.ceil(sealings / processes)
  let killed = 0
  await forEachLimited(Array.from({ length: processes }).keys(), processesAtOnce, async (i) => {
    const task = { folder, threads: threadsPerProcess, contents: 'equal' } as const
    const name = `process ${i}`
    const isVictim = i % 2 === 1
    await runSealer({ ...task, name, sealings: share }, isVictim ? share / 2 : undefined)
    const left = share - countPrints(folder, name)
    if (isVictim && left > 0) killed++
    if (left > 0) await runSealer({ ...task, name: `successor ${i}`, sealings: left }, undefined)
  })
  return killed
}

/** To its end, or until it is killed behind so many sealings. */
async function runSealer(task: SealerTask, killBehind: number | undefined): Promise<void> {
  const child = fork(pathOf('sealer.ts'), [JSON.stringify(task)])
  const look = () => {
    const isDue = killBehind !== undefined && countPrints(task.folder, task.name) >= killBehind
    if (isDue) child.kill('SIGKILL')
  }
  const timer = setInterval(look, lookEveryMs)
  const [code, signal] = await once(child, 'exit')
  clearInterval(timer)
  assert(code === 0 || (signal === 'SIGKILL' && killBehind !== undefined), 'a sealer does its work')
}

/** Contents that differ, sealed by copies of one process, which all have the same randomness. */
export async function sealInCopies(plan: SealingPlan, manner: CopyTask['manner']): Promise<void> {
  const sealings = Math.ceil(plan.sealings / (plan.copies + 1))
  const task: CopyTask = { ...plan, sealings, name: manner, manner }
  // Without any of these, a copy waits for threads that it does not have.
  const flags = ['--single-threaded', '--single-threaded-gc', '--v8-pool-size=0']
  const words = [process.execPath, ...flags, pathOf('copied-machine.ts'), JSON.stringify(task)]
  const [program = '', ...rest] = [...(manner === 'clone' ? ownNamespace : []), ...words]
  for (let attempt = 1; attempt <= copyAttemptsMax; attempt++) {
    const child = spawn(program, rest, {
      stdio: 'inherit',
      timeout: 60_000 + plan.sealings,
      killSignal: 'SIGKILL',
    })
    const [code, signal] = await once(child, 'exit')
    if (code === 0) return
    assert(signal === 'SIGKILL', 'the copies do their work')
    // Now and then a copy waits for a thread that it does not have: what it sealed counts for nothing, and all begin again.
    const sealed = readdirSync(plan.folder).filter((name) => name.startsWith(manner))
    for (const name of sealed) rmSync(join(plan.folder, name))
  }
  assert(false, 'copies do not wait for ever, each time')
}

const asRoot = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user']
const ownNamespace = ['unshare', ...asRoot, '--pid', '--fork', '--kill-child']

/** Not in every container. */
export function mayClone(): boolean {
  try {
    execFileSync(ownNamespace[0] ?? '', [...ownNamespace.slice(1), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    // Whatever the reason is: the caller says that it leaves the clones out.
    return false
  }
}

function countPrints(folder: string, name: string): number {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${name}-`))
    .reduce((sum, file) => sum + Math.floor(statSync(join(folder, file)).size / printBytes), 0)
}

export type KeyCount = {
  readonly keys: number
  /** Keys that had served before. */
  readonly repeats: number
}

export function countKeys(folder: string): KeyCount {
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)))
  const prints = files.map((bytes) => {
    const whole = bytes.subarray(0, bytes.length - (bytes.length % printBytes))
    return new BigUint64Array(new Uint8Array(whole).buffer)
  })
  const all = new BigUint64Array(prints.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const some of prints) {
    all.set(some, at)
    at += some.length
  }
  all.sort()
  let repeats = 0
  for (let i = 1; i < all.length; i++) if (all[i] === all[i - 1]) repeats++
  return { keys: all.length, repeats }
}
