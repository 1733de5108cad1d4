// Agents that back up real trees, each a process of its own, and what keeps them at work.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { type InstanceId, type Plan, routes } from '#contract'
import type { Administrator } from './administrator.ts'
import type { ServerStory } from './server-process.ts'

const sources = ['/usr/share', '/usr/lib']
const fileBytesMax = 8 * 2 ** 20
const filesPerFolder = 100
/** Of the files of a tree, between two backups. */
const changedEvery = 20
const lookMs = 1_000

/** Trees of so many bytes each, of files of this machine, no two of the same. */
export async function makeTrees(
  folder: string,
  { count, bytes }: { readonly count: number; readonly bytes: number },
): Promise<readonly string[]> {
  const trees = Array.from({ length: count }, (_, at) => join(folder, `tree-${at}`))
  const files = filesOf(sources)
  for (const tree of trees) {
    let held = 0
    for (let number = 0; held < bytes; number++) {
      const { done, value } = await files.next()
      if (done === true) return trees
      const directory = join(tree, `d${Math.floor(number / filesPerFolder)}`)
      await mkdir(directory, { recursive: true })
      await copyFile(value.path, join(directory, `f${number}`))
      held += value.bytes
    }
  }
  return trees
}

type FoundFile = { readonly path: string; readonly bytes: number }

async function* filesOf(folders: readonly string[]): AsyncGenerator<FoundFile, undefined> {
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) yield* filesOf([path])
      if (!entry.isFile()) continue
      const { size } = await stat(path)
      if (size > 0 && size <= fileBytesMax) yield { path, bytes: size }
    }
  }
}

export class RealAgents implements AsyncDisposable {
  readonly #children: ChildProcess[] = []
  readonly #trees: readonly string[]
  readonly ended: { states: string[]; bytes: number } = { states: [], bytes: 0 }

  constructor(trees: readonly string[]) {
    this.#trees = trees
  }

  start(folder: string, { address, fingerprint }: ServerStory, codes: readonly string[]): void {
    const program = join(import.meta.dirname, 'real-agent-process.ts')
    for (const [at, tree] of this.#trees.entries()) {
      const name = `real-${at}`
      const words = [name, join(folder, name), tree, address, fingerprint, codes[at] ?? '']
      const stdio = ['ignore', 'ignore', 'inherit'] as const
      const child = spawn(process.execPath, [program, ...words], { stdio: [...stdio] })
      // Machines have processors of their own; here they share those of the server.
      setPriority(child.pid ?? 0, constants.priority.PRIORITY_BELOW_NORMAL)
      this.#children.push(child)
    }
  }

  get pids(): readonly number[] {
    return this.#children.flatMap(({ pid }) => pid ?? [])
  }

  /** Whenever a backup of one has ended, its tree changes a little and the next one begins. */
  async keepBusy(administrator: Administrator, signal: AbortSignal): Promise<void> {
    const { client } = administrator
    const names = await this.#namesOf(administrator)
    const plans = (await administrator.plans()).filter((plan) => names.has(plan.instanceId))
    const known = new Set<string>()
    while (!signal.aborted) {
      for (const { planId, instanceId } of plans) {
        const query = { planId, limit: 1 }
        const { items: jobs } = await client.call(routes.jobs.list, { query })
        const [last] = jobs
        if (last === undefined || last.endedAt === undefined || known.has(last.jobId)) continue
        known.add(last.jobId)
        this.ended.states.push(last.state)
        this.ended.bytes += last.totals?.sourceBytes ?? 0
        await this.#change(Number(names.get(instanceId)?.slice('real-'.length)))
        // It may have begun by its schedule meanwhile.
        await client.call(routes.plans.run, { path: { planId } }).catch(() => {})
      }
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
  }

  /** Plans of others: those of these machines are busy whenever they fall due. */
  async otherPlans(administrator: Administrator): Promise<readonly Plan[]> {
    const names = await this.#namesOf(administrator)
    return (await administrator.plans()).filter((plan) => !names.has(plan.instanceId))
  }

  async #namesOf({ client }: Administrator): Promise<ReadonlyMap<InstanceId, string>> {
    const { items } = await client.call(routes.instances.list, { query: { search: 'real-' } })
    return new Map(items.map(({ instanceId, name }) => [instanceId, name]))
  }

  async #change(number: number): Promise<void> {
    const tree = this.#trees[number]
    if (tree === undefined) return
    for (const directory of await readdir(tree)) {
      const names = await readdir(join(tree, directory))
      const some = names.filter((_, at) => (at + this.ended.states.length) % changedEvery === 0)
      for (const name of some) await appendFile(join(tree, directory, name), `${Date.now()}\n`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }),
    )
  }
}
