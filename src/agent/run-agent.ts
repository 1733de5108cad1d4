/**
 * The agent: asks its server for assignments, carries them out within the local policy, and tells how it goes, until it is
 * stopped, revoked, upgraded or uninstalled. Whatever happens in between (a server that is away, a kill), nothing that was
 * accepted is forgotten: see journal.ts.
 */
import { type ByteString, byteStringFromText, failure, isFailure, toHex } from '#base'
import { type Assignment, problemOf } from '#contract'
import type { Clock } from '#ports'
import { asFailure } from './as-failure.ts'
import { chanceOf } from './channel/back-off.ts'
import { pollAssignments, sendMessages } from './channel/channel.ts'
import { Outbox } from './channel/outbox.ts'
import type { Connection } from './connection.ts'
import { FolderDesk } from './folders/folder-desk.ts'
import { folderLimits } from './folders/list-folder.ts'
import { renew } from './identity/enrol.ts'
import { isRevoked, markRevoked } from './identity/identity-file.ts'
import { JobRunner } from './jobs/job-runner.ts'
import { Priorities } from './jobs/priorities.ts'
import { machineFactsOf } from './machine-facts.ts'
import { judgeAssignment } from './policy/judge.ts'
import { type LocalPolicy, loadPolicy } from './policy/local-policy.ts'
import { type Owner, rootOwner } from './policy/root-owned.ts'
import type { AgentLog, HookRunner, Machine, PriorityControl } from './ports.ts'
import { Journal } from './state/journal.ts'
import type { StateFolder } from './state/state-folder.ts'
import type { Installation } from './upkeep/installation.ts'
import { Keeper } from './upkeep/keeper.ts'
import type { AgentWorker } from './work.ts'

export type AgentOptions = {
  readonly connection: Connection
  readonly worker: AgentWorker
  readonly machine: Machine
  readonly hooks: HookRunner
  readonly priority: PriorityControl
  readonly state: StateFolder
  readonly policyPath: string
  /** Who must own policy and hooks besides root; tests only. */
  readonly owner?: Owner
  readonly version: string
  /** Undefined: not installed by the server, so it neither upgrades nor removes itself. */
  readonly installation?: Installation
  /** Never backed up and never restored into: programs, cache, vaults on this machine. The state folder is added. */
  readonly ownDirectories: readonly ByteString[]
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: AgentLog
}

/** Why it ended. `restart`: another program is in place, and the service manager starts it. */
export type AgentEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'uninstalled'; readonly left: readonly string[] }

/** How long the last words of an agent that goes may take. */
const farewellMsMax = 20_000
const factsEveryMs = 6 * 3_600_000
const renewalTryMs = 600_000

/** @throws agent.revoked when it was revoked before; agent.state-unusable */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<AgentEnd> {
  if (await isRevoked(options.state)) throw failure('agent.revoked')
  const agent = await Agent.open(options)
  return await agent.run(signal)
}

function ownDirectoriesOf({ ownDirectories, state }: AgentOptions): readonly ByteString[] {
  return [...ownDirectories, byteStringFromText(state.path)]
}

class Agent {
  readonly #options: AgentOptions
  readonly #startId: string
  readonly #outbox: Outbox
  readonly #journal: Journal
  readonly #runner: JobRunner
  readonly #keeper: Keeper
  readonly #folders = new FolderDesk()
  readonly #end = new AbortController()
  #ending: AgentEnd | undefined

  private constructor(
    options: AgentOptions,
    parts: {
      readonly startId: string
      readonly outbox: Outbox
      readonly journal: Journal
      readonly runner: JobRunner
      readonly keeper: Keeper
    },
  ) {
    this.#options = options
    this.#startId = parts.startId
    this.#outbox = parts.outbox
    this.#journal = parts.journal
    this.#runner = parts.runner
    this.#keeper = parts.keeper
  }

  static async open(options: AgentOptions): Promise<Agent> {
    const { state, log, clock, random } = options
    const startId = toHex(random(32))
    const outbox = new Outbox({
      startId,
      wallMs: () => clock.now().wallMs,
      onBroken: (kind, problem) =>
        log.warn(`a ${kind} is no message and is dropped`, asFailure(problem)),
    })
    const { journal, jobs } = await Journal.open(state, log)
    const runner = new JobRunner({
      ...options,
      owner: options.owner ?? rootOwner,
      ownDirectories: ownDirectoriesOf(options),
      loadPolicy: () => loadPolicy(options.policyPath, options.owner),
      priorities: new Priorities(options.priority),
      journal,
      outbox,
      chance: chanceOf(random),
    })
    const { keeper, mustRestart } = await Keeper.open({
      ...options,
      installation: options.installation,
      outbox,
    })
    const agent = new Agent(options, { startId, outbox, journal, runner, keeper })
    if (mustRestart) agent.#finish({ kind: 'restart' })
    runner.take(jobs)
    return agent
  }

  async run(outer: AbortSignal): Promise<AgentEnd> {
    const { connection, clock, random, log } = this.#options
    const signal = AbortSignal.any([outer, this.#end.signal])
    const client = () => connection.control
    const tools = { client, clock, chance: chanceOf(random), log, startId: this.#startId }
    // First of all: by it the server knows which jobs are this process's now.
    this.#sayAlive()
    if (!signal.aborted) await this.#runner.resume()
    const last = () => this.#journal.lastNumber
    const onKept = () => this.#inBackground(this.#keeper.heard())
    // Messages go on a little longer than everything else, for the last words.
    const farewell = new AbortController()
    const sending = this.#guarded(
      sendMessages({ ...tools, outbox: this.#outbox, onKept }, farewell.signal),
    )
    await Promise.all([
      this.#guarded(pollAssignments(tools, last, (list) => this.#take(list, signal), signal)),
      this.#guarded(this.#beat(signal)),
      this.#guarded(this.#keepIdentity(signal)),
      this.#guarded(this.#keepFacts(signal)),
      this.#guarded(this.#watchTrial(signal)),
    ])
    await this.#runner.stop()
    const ending = this.#ending ?? { kind: 'stopped' }
    if (ending.kind === 'uninstalled') await this.#sayNotInstalled()
    farewell.abort()
    await sending
    return ending.kind === 'uninstalled' ? await this.#uninstalled() : ending
  }

  #finish(ending: AgentEnd): void {
    this.#ending ??= ending
    this.#end.abort()
  }

  /** A part that fails ends the agent: the service manager starts it again, and the journal has everything. */
  async #guarded(part: Promise<void>): Promise<void> {
    try {
      await part
    } catch (problem) {
      if (isFailure(problem, 'agent.revoked')) {
        this.#options.log.warn('the server has revoked this client; it stops', problem)
        await markRevoked(this.#options.state, this.#options.clock.now().wallMs)
        return this.#finish({ kind: 'revoked' })
      }
      if (isFailure(problem, 'job.aborted')) return
      this.#end.abort()
      throw problem
    }
  }

  #inBackground(step: Promise<void>): void {
    void step.catch((problem: unknown) => {
      this.#options.log.warn('a step of upkeep failed', asFailure(problem))
    })
  }

  async #take(assignments: readonly Assignment[], signal: AbortSignal): Promise<void> {
    for (const assignment of assignments) {
      const { number } = assignment
      try {
        await this.#accept(assignment, signal)
      } catch (problem) {
        const known = asFailure(problem)
        this.#options.log.warn(`the assignment ${number} (${assignment.kind}) is refused`, known)
        this.#outbox.put({ kind: 'refused', assignment: number, problem: problemOf(known) })
      }
      await this.#journal.advance(number)
    }
  }

  /** @throws agent.policy-refused, agent.policy-unusable, agent.busy, agent.cannot, upgrade.refused */
  async #accept(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { policyPath, owner } = this.#options
    const accept = () => this.#outbox.put({ kind: 'accepted', assignment: assignment.number })
    // Who asks for less needs no permission.
    if (assignment.kind === 'cancel') {
      accept()
      return await this.#runner.cancel(assignment.jobId)
    }
    const policy = await loadPolicy(policyPath, owner)
    judgeAssignment(assignment, policy)
    switch (assignment.kind) {
      case 'backup':
      case 'restore':
        await this.#runner.add(assignment)
        return accept()
      case 'upgrade':
        // Accepted by the program that it brings, once the server has heard that one.
        if (this.#keeper.has(assignment)) return
        this.#keeper.judge(assignment, policy)
        return this.#inBackground(
          this.#keeper.upgrade(assignment, signal).then((isDone) => {
            this.#sayAlive()
            if (isDone) this.#finish({ kind: 'restart' })
          }),
        )
      case 'uninstall':
        this.#keeper.mustBeInstalled()
        accept()
        this.#keeper.beginUninstall()
        this.#sayAlive()
        return this.#finish({ kind: 'uninstalled', left: [] })
      case 'report-facts':
        accept()
        return await this.#sayFacts(signal)
      case 'list-folder':
        // What comes next is not held up by a disk that takes its time.
        return this.#inBackground(this.#sayFolder(assignment, policy))
    }
  }

  /** Kept nowhere: whoever asked waits for it now, or not at all. */
  async #sayFolder(
    { number, path }: Extract<Assignment, { readonly kind: 'list-folder' }>,
    policy: LocalPolicy,
  ): Promise<void> {
    const rules = {
      roots: policy.restoreRoots,
      denied: [...policy.restoreDenied, ...ownDirectoriesOf(this.#options)],
    }
    try {
      const { names, isWhole } = await this.#folders.list({ path, rules, limits: folderLimits })
      this.#outbox.put({ kind: 'folder', assignment: number, names, isWhole })
    } catch (problem) {
      const said = problemOf(asFailure(problem))
      this.#outbox.put({ kind: 'refused', assignment: number, problem: said })
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { clock, connection } = this.#options
    while (!signal.aborted) {
      this.#runner.flushProgress()
      this.#sayAlive()
      await clock.sleep(connection.identity.heartbeatSeconds * 1_000, signal)
    }
  }

  #sayAlive(): void {
    const { connection, version } = this.#options
    this.#outbox.put({
      kind: 'heartbeat',
      machine: connection.identity.machine,
      clientVersion: version,
      status: this.#keeper.condition,
      running: this.#runner.held,
    })
  }

  async #keepFacts(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#sayFacts(signal)
      await this.#options.clock.sleep(factsEveryMs, signal)
    }
  }

  async #sayFacts(signal: AbortSignal): Promise<void> {
    const { machine, version } = this.#options
    this.#outbox.put({ kind: 'facts', facts: await machineFactsOf(machine, version, signal) })
  }

  async #keepIdentity(signal: AbortSignal): Promise<void> {
    const { clock, connection, log } = this.#options
    while (!signal.aborted) {
      const left = connection.identity.renewAt - clock.now().wallMs
      await clock.sleep(Math.min(Math.max(left, 0), renewalTryMs), signal)
      if (connection.identity.renewAt > clock.now().wallMs) continue
      try {
        const wallMs = () => clock.now().wallMs
        await renew(connection, { state: this.#options.state, wallMs }, signal)
        log.info('the certificate was renewed')
      } catch (problem) {
        if (signal.aborted || isFailure(problem, 'agent.revoked')) throw problem
        log.warn('the certificate could not be renewed yet', asFailure(problem))
        await clock.sleep(renewalTryMs, signal)
      }
    }
  }

  async #watchTrial(signal: AbortSignal): Promise<void> {
    if (await this.#keeper.watchTrial(signal)) this.#finish({ kind: 'restart' })
  }

  /** The server revokes a client that says so; whether it heard us or not, the client goes. */
  async #sayNotInstalled(): Promise<void> {
    const { connection, version, clock } = this.#options
    const told = this.#outbox.deliver({
      kind: 'heartbeat',
      machine: connection.identity.machine,
      clientVersion: version,
      status: 'NOT_INSTALLED',
      running: [],
    })
    const late = new AbortController()
    const sleep = clock.sleep(farewellMsMax, late.signal).catch((problem: unknown) => {
      if (!isFailure(problem, 'job.aborted')) throw problem
    })
    await Promise.race([told, sleep])
    late.abort()
  }

  async #uninstalled(): Promise<AgentEnd> {
    const left = await this.#keeper.uninstall(new AbortController().signal)
    for (const kept of left) this.#options.log.warn(`not removed: ${kept}`)
    return { kind: 'uninstalled', left }
  }
}
