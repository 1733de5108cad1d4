/** Upgrades and removal of the client as the server asks for them, within what the local policy allows. */
import { failure } from '#base'
import { problemOf } from '#contract'
import type { Clock } from '#ports'
import { asFailure } from '../as-failure.ts'
import type { Outbox } from '../channel/outbox.ts'
import type { Connection } from '../connection.ts'
import type { LocalPolicy } from '../policy/local-policy.ts'
import type { AgentLog, Machine } from '../ports.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { Installation } from './installation.ts'
import { listState, readInstalled, removeInstalled } from './uninstall.ts'
import {
  isGivenUp,
  judgeUpgrade,
  performUpgrade,
  readUpgrade,
  settleUpgrade,
  type UpgradeAssignment,
  type UpgradeState,
  undoUpgrade,
} from './upgrade.ts'

export type KeeperTools = {
  readonly installation: Installation | undefined
  readonly state: StateFolder
  readonly connection: Connection
  readonly outbox: Outbox
  readonly machine: Machine
  readonly clock: Clock
  readonly log: AgentLog
  readonly version: string
}

export type ClientCondition = 'ACTIVATED' | 'UPGRADING' | 'UPGRADE_FAILED' | 'UNINSTALLING'

export class Keeper {
  readonly #tools: KeeperTools
  #condition: ClientCondition = 'ACTIVATED'
  #upgrade: UpgradeState = { kind: 'none' }

  private constructor(tools: KeeperTools) {
    this.#tools = tools
  }

  /** @returns also whether the old program was put back just now, so that the agent has to restart */
  static async open(
    tools: KeeperTools,
  ): Promise<{ readonly keeper: Keeper; readonly mustRestart: boolean }> {
    const keeper = new Keeper(tools)
    const upgrade = await readUpgrade(tools.state, tools.version)
    keeper.#upgrade = upgrade
    if (upgrade.kind === 'on trial') {
      keeper.#condition = 'UPGRADING'
      if (!isGivenUp(upgrade.journal)) return { keeper, mustRestart: false }
      return { keeper, mustRestart: await keeper.#undo('it ended again and again') }
    }
    if (upgrade.kind === 'undone') keeper.#tellUndone(upgrade)
    return { keeper, mustRestart: false }
  }

  get condition(): ClientCondition {
    return this.#condition
  }

  /** The server keeps what this program says: it is healthy. */
  async heard(): Promise<void> {
    if (this.#upgrade.kind === 'none') return
    if (this.#upgrade.kind === 'on trial') {
      this.#condition = 'ACTIVATED'
      this.#tools.outbox.put({ kind: 'accepted', assignment: this.#upgrade.journal.assignment })
      this.#tools.log.info(`the upgrade to ${this.#tools.version} is done`)
    }
    this.#upgrade = { kind: 'none' }
    await settleUpgrade(this.#tools.state)
  }

  /** Resolves with true when the program on trial was not heard in time and the old one is back. */
  async watchTrial(signal: AbortSignal): Promise<boolean> {
    const { installation, clock } = this.#tools
    if (this.#upgrade.kind !== 'on trial' || installation === undefined) return false
    await clock.sleep(installation.healthyWithinMs, signal)
    return await this.#undo('the server did not hear it in time')
  }

  /** Whether this program is what the upgrade brings, or is bringing it. */
  has({ number, version }: UpgradeAssignment): boolean {
    if (this.#upgrade.kind === 'on trial' && this.#upgrade.journal.assignment === number)
      return true
    if (this.#condition === 'UPGRADING') return true
    if (version !== this.#tools.version) return false
    this.#tools.outbox.put({ kind: 'accepted', assignment: number })
    return true
  }

  /** @throws agent.cannot, upgrade.refused */
  judge(upgrade: UpgradeAssignment, policy: LocalPolicy): void {
    judgeUpgrade(upgrade, this.#tools.version, this.#installation(), policy)
  }

  /** @throws agent.cannot */
  mustBeInstalled(): void {
    this.#installation()
  }

  /** @returns whether the new program is in place, so that the agent has to restart */
  async upgrade(upgrade: UpgradeAssignment, signal: AbortSignal): Promise<boolean> {
    const installation = this.#installation()
    this.#condition = 'UPGRADING'
    try {
      await performUpgrade(upgrade, { ...this.#tools, installation }, signal)
      return true
    } catch (problem) {
      const known = asFailure(problem)
      this.#condition = 'UPGRADE_FAILED'
      this.#tools.log.warn(`the upgrade to ${upgrade.version} failed`, known)
      const told = { assignment: upgrade.number, problem: problemOf(known) }
      this.#tools.outbox.put({ kind: 'refused', ...told })
      return false
    }
  }

  beginUninstall(): void {
    this.#condition = 'UNINSTALLING'
  }

  /** @returns what had to stay */
  async uninstall(signal: AbortSignal): Promise<readonly string[]> {
    const { machine, state } = this.#tools
    const installation = this.#installation()
    const mounts = await machine.mounts(signal)
    const points = mounts.map(({ path }) => path)
    const installed = await readInstalled(installation.manifest)
    const own = await listState(state.path)
    await installation.unregister()
    return [...(await removeInstalled(own, points)), ...(await removeInstalled(installed, points))]
  }

  async #undo(problem: string): Promise<boolean> {
    const { installation, state, log, version } = this.#tools
    if (this.#upgrade.kind !== 'on trial' || installation === undefined) return false
    log.warn(`the upgrade to ${version} is undone: ${problem}`)
    await undoUpgrade(state, installation.program, this.#upgrade.journal, problem)
    return true
  }

  #tellUndone({ journal, problem }: Extract<UpgradeState, { readonly kind: 'undone' }>): void {
    this.#condition = 'UPGRADE_FAILED'
    const undone = failure('upgrade.undone', { version: journal.to, problem })
    this.#tools.log.warn('an upgrade was undone', undone)
    const told = { assignment: journal.assignment, problem: problemOf(undone) }
    this.#tools.outbox.put({ kind: 'refused', ...told })
  }

  #installation(): Installation {
    const { installation } = this.#tools
    if (installation !== undefined) return installation
    throw failure('agent.cannot', { problem: 'it was not installed by the server' })
  }
}
