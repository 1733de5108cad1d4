// Keeps a server and its agents running between the commands of an adapter, and asks them for what a command wants, so that
// no command pays for the start of a client (bench/adapters/holdfast-server.sh starts this and speaks to it).
//
// Environment: REPO takes the data of the server, CACHE everything else, SRC is the source. Argument: how many agents; more
// than one share the source between them. A command is a line of fields between tabs; its answer is a line that begins with
// "ok" or says what is wrong.

import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { type Job, routes, type Version } from '#contract'
import { JobWatch } from './job-watch.ts'
import { layOutParts, type Part } from './parts.ts'
import { openSite, type Protected, type Site } from './site.ts'

const lookEveryMs = 500

class Keeper {
  readonly #site: Site
  readonly #watch: JobWatch
  readonly #filesWanted: number | undefined
  readonly #versions = new Map<string, Promise<Version>>()

  /** @param filesWanted in every backup; undefined: the source changes, and a restore shows what is in it */
  constructor(site: Site, watch: JobWatch, filesWanted: number | undefined) {
    this.#site = site
    this.#watch = watch
    this.#filesWanted = filesWanted
  }

  async obey(command: string): Promise<string> {
    const [operation, tag = '', target = ''] = command.split('\t')
    switch (operation) {
      case 'backup':
        return await this.#backUp(tag)
      case 'restore':
        return await this.#restore(tag, target)
      default:
        throw new Error(`${operation} is no command`)
    }
  }

  /** All machines at once. */
  async #backUp(tag: string): Promise<string> {
    const jobs = await Promise.all(this.#site.machines.map((machine) => this.#runPlan(machine)))
    const [first] = jobs
    // Which version it became is asked for when nobody waits any more.
    if (first !== undefined) this.#versions.set(tag, this.#versionOf(first))
    const sum = (name: 'files' | 'sourceBytes') =>
      jobs.reduce((all, { totals }) => all + (totals?.[name] ?? 0), 0)
    const files = sum('files')
    if (this.#filesWanted !== undefined && files !== this.#filesWanted) {
      throw new Error(`${files} files were backed up of ${this.#filesWanted}`)
    }
    const endedAt = Math.max(...jobs.map((job) => job.endedAt ?? 0))
    return `${files} files, ${sum('sourceBytes')} bytes, ${lateness(endedAt)}`
  }

  async #runPlan({ planId }: Protected): Promise<Job> {
    const { api } = this.#site
    const { jobId } = await api.call(routes.plans.run, { path: { planId } })
    return await this.#watch.complete(() => api.call(routes.jobs.get, { path: { jobId } }))
  }

  async #versionOf({ jobId, instanceId }: Job): Promise<Version> {
    const { api } = this.#site
    for await (const version of api.list(routes.versions.list, { path: { instanceId } })) {
      if (version.jobId === jobId) return version
    }
    throw new Error(`${jobId} left no version`)
  }

  async #restore(tag: string, targetPath: string): Promise<string> {
    const { api } = this.#site
    const version = await this.#versions.get(tag)
    if (version === undefined) throw new Error(`there is no backup ${tag}`)
    const { vaultId, points, instanceId: targetInstanceId } = version
    const pointIds = points.map(({ pointId }) => pointId)
    const body = { vaultId, pointIds, targetInstanceId, targetPath }
    const { restoreJobId } = await api.call(routes.restoreJobs.create, { body })
    const path = { restoreJobId }
    const { totals, endedAt = 0 } = await this.#watch.complete(() =>
      api.call(routes.restoreJobs.get, { path }),
    )
    return `${totals?.files} files, ${lateness(endedAt)}`
  }
}

/** How much of the time was waiting for news; both clocks are this machine's. */
function lateness(endedAt: number): string {
  return `heard of after ${Date.now() - endedAt} ms`
}

function answer(socket: Socket, keeper: Keeper): void {
  socket.on('error', () => socket.destroy())
  createInterface(socket).once('line', (command) => {
    keeper.obey(command).then(
      (said) => socket.end(`ok ${said}\n`),
      (problem: Error) => socket.end(`failed: ${problem.message.replaceAll('\n', ' ')}\n`),
    )
  })
}

/** Until it is told to end, or nobody is left who could tell it. */
async function keepOn(cache: string, runner: number | undefined, signal: AbortSignal) {
  while (!signal.aborted && existsSync(cache) && (runner === undefined || isAlive(runner))) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function keep(count: number): Promise<void> {
  const { CACHE: folder, REPO: data, SRC: source, BENCH_RUNNER: runner } = process.env
  if (folder === undefined || data === undefined || source === undefined) {
    throw new Error('CACHE, REPO and SRC say where')
  }
  const ending = new AbortController()
  process.once('SIGTERM', () => ending.abort())
  await using ends = new AsyncDisposableStack()
  const parts = count === 1 ? undefined : layOut(source, count, ends)
  const sources = parts?.map((part) => part.folder) ?? [source]
  const site = ends.use(await openSite({ data, folder, sources }))
  const watch = ends.use(new JobWatch(site.api))
  const filesWanted = parts?.reduce((sum, { files }) => sum + files, 0)
  const keeper = new Keeper(site, watch, filesWanted)
  const door = createServer((socket) => answer(socket, keeper))
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  ends.defer(() => void door.close())
  const place = door.address()
  if (place === null || typeof place === 'string') throw new Error('a door has a number')
  writeFileSync(join(folder, 'beside'), site.pids.join('\n'))
  // Renamed, so that whoever sees the file sees all of it.
  writeFileSync(join(folder, 'port.new'), `${place.port}\n`)
  renameSync(join(folder, 'port.new'), join(folder, 'port'))
  await keepOn(folder, runner === undefined ? undefined : Number(runner), ending.signal)
}

/** Beside the set: on the same file system, the parts are as quick to read as the whole. */
function layOut(source: string, count: number, ends: AsyncDisposableStack): readonly Part[] {
  const folder = mkdtempSync(join(dirname(source), 'parts-'))
  ends.defer(() => rmSync(folder, { recursive: true, force: true }))
  return layOutParts(source, folder, count)
}

try {
  await keep(Number(process.argv[2] ?? 1))
} catch (problem) {
  // The sentence last: a runner shows the end of what was said.
  process.stderr.write(`${inspect(problem)}\n${problem}\n`)
  process.exitCode = 1
}
