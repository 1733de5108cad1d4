/**
 * Kills the server, the agent or both in the middle of backups and restores, and asks afterwards what was promised: a job
 * that was begun ends, the next one is complete, and every version that is listed as complete is restored as its source was.
 */

import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { JobState, Version, VersionId } from '#contract'
import { type Random, seededRandom } from '../../bench/random.ts'
import { listDifferences } from '../fidelity/outside-tools.ts'
import { changeTree, fillTree, noise } from './trees.ts'
import { Fleet, type FleetAgent } from './world.ts'

export const victims = ['server', 'agent', 'both'] as const
export type Victim = (typeof victims)[number]

export type KillRound = {
  readonly verb: 'backup' | 'restore'
  readonly victim: Victim
  readonly afterMs: number
  /** The job was over before the blow. */
  readonly wasOver: boolean
  readonly state: JobState
  readonly attempts: number
  readonly tookMs: number
}

type Blow = Pick<KillRound, 'victim' | 'afterMs' | 'wasOver'> & { readonly startedAt: number }

/** A lease, the longest pause between two tries to connect, and a slow machine. */
const jobMsMax = 240_000
const newBytes = 400_000

export class KillingFleet implements AsyncDisposable {
  readonly #fleet: Fleet
  readonly #agent: FleetAgent
  readonly #random: Random
  /** What the source was at each version. */
  readonly #kept = new Map<VersionId, string>()
  #round = 0
  #usualMs = 1_000

  private constructor(fleet: Fleet, agent: FleetAgent, random: Random) {
    this.#fleet = fleet
    this.#agent = agent
    this.#random = random
  }

  static async open(seed: number): Promise<KillingFleet> {
    const fleet = await Fleet.open()
    try {
      const agent = await fleet.addAgent('one', { fill: (folder) => fillTree(folder, `${seed}`) })
      const killing = new KillingFleet(fleet, agent, seededRandom(seed))
      equal((await fleet.firstJob(agent)).state, 'COMPLETE')
      await killing.#keepNewest()
      return killing
    } catch (problem) {
      await fleet[Symbol.asyncDispose]()
      throw problem
    }
  }

  async round(): Promise<KillRound> {
    this.#round++
    const verb = this.#random.below(4) === 0 ? 'restore' : 'backup'
    return verb === 'backup' ? await this.#backUp() : await this.#restore()
  }

  /** Every version that was promised, restored and compared. @returns how many */
  async checkAll(): Promise<number> {
    const versions = await this.#fleet.versions(this.#agent)
    const listed = new Set(versions.map(({ versionId }) => versionId))
    for (const id of this.#kept.keys()) ok(listed.has(id), `the version ${id} is lost`)
    for (const version of versions)
      await this.#compare(version, (place) => this.#begun(version, place))
    return versions.length
  }

  get residentBytes(): { readonly server: number; readonly agent: number } {
    return {
      server: this.#fleet.server.residentBytes,
      agent: this.#agent.process.residentBytes,
    }
  }

  get logs(): string {
    return this.#fleet.logs
  }

  async #backUp(): Promise<KillRound> {
    const fleet = this.#fleet
    changeTree(this.#agent.source, `round ${this.#round}`)
    // A name that is used again: the tree does not grow for ever.
    const file = join(this.#agent.source, `new ${this.#round % 5}`)
    writeFileSync(file, noise(`round ${this.#round}`, newBytes))
    const { jobId } = await fleet.runNow(this.#agent)
    const blow = await this.#strike(async () => (await fleet.job(jobId)).endedAt !== undefined)
    const job = await fleet.jobOver(jobId, jobMsMax)
    if (job.state === 'COMPLETE') await this.#keepNewest()
    else {
      equal(job.state, 'FAILED', JSON.stringify(job))
      const next = await fleet.backUp(this.#agent)
      equal(next.state, 'COMPLETE', `the next one after ${JSON.stringify(job)}`)
      await this.#keepNewest()
    }
    return this.#told('backup', blow, job)
  }

  async #restore(): Promise<KillRound> {
    const versions = await this.#fleet.versions(this.#agent)
    const version = versions[this.#random.below(versions.length)]
    if (version === undefined) throw new Error('there is a version')
    let round: KillRound | undefined
    await this.#compare(version, async (place) => {
      const restoreJobId = await this.#fleet.beginRestore(version, this.#agent, place)
      const blow = await this.#strike(
        async () => (await this.#fleet.restoreJob(restoreJobId)).endedAt !== undefined,
      )
      const job = await this.#fleet.restoreOver(restoreJobId, jobMsMax)
      equal(job.state, 'COMPLETE', JSON.stringify(job))
      round = this.#told('restore', blow, job)
    })
    if (round === undefined) throw new Error('it was restored')
    return round
  }

  async #begun(version: Version, place: string): Promise<void> {
    const job = await this.#fleet.restore(version, this.#agent, place)
    equal(job.state, 'COMPLETE', JSON.stringify(job))
  }

  async #compare(version: Version, restore: (place: string) => Promise<void>): Promise<void> {
    const kept = this.#kept.get(version.versionId)
    if (kept === undefined) throw new Error(`nobody knows of the version ${version.versionId}`)
    equal(version.status, 'complete')
    const place = join(this.#fleet.folder, 'restored')
    mkdirSync(place)
    await restore(place)
    deepEqual(listDifferences(kept, place), [])
    rmSync(place, { recursive: true })
  }

  async #strike(isOver: () => Promise<boolean>): Promise<Blow> {
    const victim = victims[this.#random.below(victims.length)] ?? 'server'
    const afterMs = this.#random.below(Math.round(this.#usualMs * 1.1))
    const startedAt = performance.now()
    await delay(afterMs)
    const wasOver = await isOver()
    const fleet = this.#fleet
    const ends = [
      ...(victim === 'agent' ? [] : [fleet.server.end('SIGKILL')]),
      ...(victim === 'server' ? [] : [this.#agent.process.end('SIGKILL')]),
    ]
    await Promise.all(ends)
    await delay(this.#random.below(300))
    if (victim !== 'agent') await fleet.startServer()
    if (victim !== 'server') fleet.startAgent(this.#agent)
    return { victim, afterMs, wasOver, startedAt }
  }

  #told(
    verb: KillRound['verb'],
    blow: Blow,
    { state, attempts }: { readonly state: JobState; readonly attempts: number },
  ): KillRound {
    const { startedAt, ...facts } = blow
    return { verb, ...facts, state, attempts, tookMs: performance.now() - startedAt }
  }

  async #keepNewest(): Promise<void> {
    const [version] = await this.#fleet.versions(this.#agent)
    if (version === undefined) throw new Error('there is a version')
    const kept = join(this.#fleet.folder, 'kept', version.versionId)
    mkdirSync(join(this.#fleet.folder, 'kept'), { recursive: true })
    spawnSync('cp', ['-a', '--reflink=auto', this.#agent.source, kept])
    this.#kept.set(version.versionId, kept)
    const job = version.jobId && (await this.#fleet.job(version.jobId))
    const tookMs = (job?.endedAt ?? 0) - (job?.startedAt ?? 0)
    if (job?.attempts === 1 && tookMs < 5_000) this.#usualMs = Math.max(300, tookMs + 300)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fleet[Symbol.asyncDispose]()
  }
}
