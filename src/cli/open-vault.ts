/** From `--vault` to an open vault: which folder, is it one of ours, and what opens it. */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { failure, isFailure } from '#base'
import type { Cipher, Credential, VaultConfig } from '#engine'
import {
  openVault,
  readVaultConfig,
  type SlotAccess,
  type Unlocked,
  unlock,
  type Vault,
} from '#vault'
import { parseDuration } from './amounts.ts'
import type { Context } from './command.ts'
import { type Config, type NamedVault, readConfig } from './config-file.ts'
import { describeSource, readCredential } from './credentials.ts'
import { errnoText, findStats, isErrno } from './files.ts'
import type { Machine, Stretcher, VaultFolder } from './machine.ts'
import { patientLeases } from './patient-leases.ts'
import { printable } from './printable.ts'

export type VaultPlace = {
  readonly path: string
  readonly named: NamedVault | undefined
  /** It looks like a name, which the config file does not know. */
  readonly unknown?: { readonly name: string; readonly known: string }
}

/** `--vault`, else HOLDFAST_VAULT, else the default of the config file: a name there, or a folder. */
export async function chooseVault(context: Context): Promise<VaultPlace> {
  const { settings, machine } = context
  const variable = machine.environment['HOLDFAST_VAULT']
  const config = await readConfig(machine)
  const wanted = settings.vault ?? (variable === '' ? undefined : variable) ?? config.default
  if (wanted === undefined || wanted === '') throw failure('vault.unnamed')
  return placeOf(wanted, config)
}

function placeOf(wanted: string, config: Config): VaultPlace {
  const named = config.vaults.get(wanted)
  if (named !== undefined) return { path: named.path, named }
  const place = { path: resolve(wanted), named: undefined }
  if (wanted.includes('/') || config.vaults.size === 0) return place
  const known = [...config.vaults.keys()].join(', ')
  return { ...place, unknown: { name: printable(wanted), known } }
}

/** A vault whose configuration was read; no key is needed yet. */
export type FoundVault = AsyncDisposable & {
  readonly place: VaultPlace
  readonly folder: VaultFolder
  readonly config: VaultConfig
  readonly cipher: Cipher
}

export type OpenedVault = FoundVault & {
  readonly vault: Vault
  readonly unlocked: Unlocked
  readonly credential: Credential
}

/** @throws vault.not-found, vault.foreign, vault.format-unknown */
export async function findVault(context: Context): Promise<FoundVault> {
  const { machine, signal } = context
  const place = await chooseVault(context)
  const folder = withPatience(context, await openFolder(machine, place))
  try {
    const config = await readVaultConfig(folder.store, signal)
    const cipher = await machine.openCipher()
    return { place, folder, config, cipher, [Symbol.asyncDispose]: () => folder.close() }
  } catch (problem) {
    await folder.close()
    if (!isFailure(problem, 'vault.not-found')) throw problem
    throw await absence(place.path, problem)
  }
}

/** @throws as findVault; key.missing, vault.wrong-key */
export async function openChosenVault(context: Context): Promise<OpenedVault> {
  const { machine } = context
  const found = await findVault(context)
  try {
    const access = await slotAccess(machine, found)
    const credential = await readCredential(context, found.cipher, found.place.named)
    const unlocked = await unlockWith(context, found, { access, credential })
    const { folder, cipher, config } = found
    const ports = { store: folder.store, leases: folder.leases, clock: machine.clock, cipher }
    const vault = openVault(ports, config, unlocked.master)
    return { ...found, vault, unlocked, credential }
  } catch (problem) {
    await found[Symbol.asyncDispose]()
    throw problem
  }
}

/** @throws vault.wrong-key, naming the key that was tried */
async function unlockWith(
  context: Context,
  { place }: FoundVault,
  way: { readonly access: SlotAccess; readonly credential: Credential },
): Promise<Unlocked> {
  try {
    return await unlock(way.access, way.credential, context.signal)
  } catch (problem) {
    if (!isFailure(problem, 'vault.wrong-key')) throw problem
    const which = printable(describeSource(context, place.named))
    const credential = `${problem.context['credential'] ?? 'key'}${which}`
    throw failure('vault.wrong-key', { credential }, problem)
  }
}

export async function slotAccess(
  machine: Machine,
  found: Pick<FoundVault, 'folder' | 'cipher'> & { readonly config: Pick<VaultConfig, 'vaultId'> },
): Promise<SlotAccess & { readonly stretcher: Stretcher }> {
  const { folder, cipher, config } = found
  const stretcher = await machine.openStretcher()
  return { store: folder.store, cipher, stretcher, vaultId: config.vaultId }
}

/** Who holds a lease, for the one who finds it taken. */
export function holderOf(context: Context, verb: string): string {
  const { userName, hostName, processId } = context.machine
  return `${verb} of ${userName}@${hostName} (process ${processId})`
}

async function openFolder(machine: Machine, { path, unknown }: VaultPlace): Promise<VaultFolder> {
  const facts = await findStats(path)
  if (facts === undefined && unknown !== undefined)
    throw failure('vault.unknown-name', { ...unknown })
  if (facts !== undefined && !facts.isDirectory())
    throw failure('vault.foreign', { vault: path, found: 'it is not a folder' })
  return await machine.openVaultFolder(path, 'existing')
}

function withPatience({ settings, output }: Context, folder: VaultFolder): VaultFolder {
  const { wait } = settings
  if (wait === undefined) return folder
  const waitMs = parseDuration(wait, '--wait') ?? Number.POSITIVE_INFINITY
  const onWait = (sentence: string) => output.notice(`${printable(sentence)} Waiting for it.`)
  return { ...folder, leases: patientLeases(folder.leases, waitMs, onWait) }
}

/** A folder without a vault: empty, or somebody else's. */
async function absence(path: string, problem: unknown): Promise<Error> {
  const names = await listNames(path)
  if (names.length === 0) return failure('vault.not-found', { vault: path }, problem)
  return failure('vault.foreign', { vault: path, found: describeNames(names) }, problem)
}

export function describeNames(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `it holds ${shown} and ${names.length - 3} more` : `it holds ${shown}`
}

/** Whether a vault's configuration lies there, in one of its places. */
export async function isVaultFolder(path: string): Promise<boolean> {
  for (const name of ['holdfast.json', 'vault/config', 'copies/vault/config'])
    if ((await findStats(join(path, name))) !== undefined) return true
  return false
}

/** Names in a folder; none when there is no folder. */
export async function listNames(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).map(printable).sort()
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return []
    throw failure('storage.denied', { object: path, problem: errnoText(problem) }, problem)
  }
}
