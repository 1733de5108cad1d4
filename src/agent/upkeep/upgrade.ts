/**
 * Upgrades of the client by its server. The server only hands the bytes over: they run if they are signed by the key that
 * came with the installation, and are newer (A21). The new program is written beside the old one, tried out, and renamed;
 * the old one is kept. If the new one is not heard by the server in time, the old one takes its place again.
 */
import { createHash, verify } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure } from '#base'
import { type Assignment, encodeBuildStatement, routes } from '#contract'
import type { Connection } from '../connection.ts'
import type { LocalPolicy } from '../policy/local-policy.ts'
import { fieldIn, numberIn, textIn } from '../state/json-fields.ts'
import { isMissing, type StateFolder, syncFolder } from '../state/state-folder.ts'
import type { Installation } from './installation.ts'
import { compareVersions } from './versions.ts'

export type UpgradeAssignment = Extract<Assignment, { readonly kind: 'upgrade' }>

const upgradeFile = 'upgrade.json'
const programBytesMax = 1024 * 1024 * 1024
/** A program that ends again and again before it is heard is given up early. */
const startsMax = 4

/** @throws upgrade.refused */
export function judgeUpgrade(
  upgrade: UpgradeAssignment,
  running: string,
  installation: Installation,
  policy: LocalPolicy,
): void {
  const refuse = (problem: string) =>
    failure('upgrade.refused', { version: upgrade.version, problem })
  if (upgrade.build !== installation.build) throw refuse(`it is for ${upgrade.build}`)
  const statement = encodeBuildStatement(upgrade)
  const signature = Buffer.from(upgrade.signature, 'base64')
  if (signature.length !== 64 || !verify(null, statement, installation.upgradeKey, signature)) {
    throw refuse('it is not signed by the key that came with this client')
  }
  const order = compareVersions(upgrade.version, running)
  if (order === undefined) throw refuse('its version cannot be compared')
  if (order === 0) throw refuse('it runs already')
  if (order < 0 && !policy.allow.downgrades) throw refuse(`${running} is newer`)
}

export type UpgradeTools = {
  readonly state: StateFolder
  readonly connection: Connection
  readonly installation: Installation
  readonly version: string
}

/** Everything up to the restart, which is the caller's. @throws upgrade.refused, server.unreachable */
export async function performUpgrade(
  upgrade: UpgradeAssignment,
  tools: UpgradeTools,
  signal: AbortSignal,
): Promise<void> {
  const { state, installation, version } = tools
  const { program } = installation
  const fresh = `${program}.new`
  try {
    await download(upgrade, fresh, tools, signal)
    await installation.tryOut(fresh, upgrade.version, signal)
  } catch (problem) {
    await rm(fresh, { force: true })
    throw problem
  }
  const journal: UpgradeJournal = {
    from: version,
    to: upgrade.version,
    assignment: upgrade.number,
    starts: 0,
  }
  await state.put(upgradeFile, JSON.stringify(journal))
  await keepPrevious(program)
  await rename(fresh, program)
  await syncFolder(dirname(program))
}

async function download(
  upgrade: UpgradeAssignment,
  path: string,
  { connection }: UpgradeTools,
  signal: AbortSignal,
): Promise<void> {
  const refuse = (problem: string) =>
    failure('upgrade.refused', { version: upgrade.version, problem })
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o755)
  try {
    const call = { path: { clientBuild: upgrade.build } }
    const content = await connection.control.stream(routes.distribution.build, call, { signal })
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of content) {
      bytes += piece.length
      if (bytes > programBytesMax) throw refuse('it is too large')
      hash.update(piece)
      await file.writeFile(piece)
    }
    if (hash.digest('hex') !== upgrade.sha256)
      throw refuse('its bytes are not those that were signed')
    await file.sync()
  } finally {
    await file.close()
  }
}

async function keepPrevious(program: string): Promise<void> {
  const previous = previousOf(program)
  await rm(previous, { force: true })
  try {
    await link(program, previous)
  } catch (problem) {
    if (!isMissing(problem)) throw problem
  }
}

function previousOf(program: string): string {
  return `${program}.previous`
}

type UpgradeJournal = {
  readonly from: string
  readonly to: string
  readonly assignment: number
  readonly starts: number
  readonly undone?: string
}

export type UpgradeState =
  | { readonly kind: 'none' }
  /** The new program runs and has yet to be heard. */
  | { readonly kind: 'on trial'; readonly journal: UpgradeJournal }
  /** The old program runs again; the server has to hear why. */
  | { readonly kind: 'undone'; readonly journal: UpgradeJournal; readonly problem: string }

/** Asked at every start, before anything else. */
export async function readUpgrade(state: StateFolder, running: string): Promise<UpgradeState> {
  const json = await state.findJson(upgradeFile)
  const [from, to] = [textIn(json, 'from'), textIn(json, 'to')]
  const [assignment, starts] = [numberIn(json, 'assignment'), numberIn(json, 'starts')]
  if (from === undefined || to === undefined || assignment === undefined || starts === undefined) {
    return { kind: 'none' }
  }
  const undone = fieldIn(json, 'undone')
  if (running !== to) {
    const problem = typeof undone === 'string' ? undone : 'it never took the place of the old one'
    return { kind: 'undone', journal: { from, to, assignment, starts }, problem }
  }
  const journal = { from, to, assignment, starts: starts + 1 }
  await state.put(upgradeFile, JSON.stringify(journal))
  return { kind: 'on trial', journal }
}

export function isGivenUp({ starts }: UpgradeJournal): boolean {
  return starts >= startsMax
}

/** The server keeps what the new program says: it stays. Or the server knows that the old one is back. */
export async function settleUpgrade(state: StateFolder): Promise<void> {
  await state.remove(upgradeFile)
}

/** The caller restarts afterwards. */
export async function undoUpgrade(
  state: StateFolder,
  program: string,
  journal: UpgradeJournal,
  problem: string,
): Promise<void> {
  await state.put(upgradeFile, JSON.stringify({ ...journal, undone: problem }))
  await rename(previousOf(program), program)
  await syncFolder(dirname(program))
}
