/**
 * The config file: vaults by name, so that a command line says `--vault nas`. JSON, read strictly: a misspelt key would
 * otherwise do nothing, silently.
 */
import { isAbsolute, join } from 'node:path'
import { failure } from '#base'
import { findFile } from './files.ts'
import type { Machine } from './machine.ts'

export type NamedVault = {
  readonly path: string
  readonly keyFile?: string
  readonly passphraseFile?: string
}

export type Config = {
  readonly vaults: ReadonlyMap<string, NamedVault>
  readonly default: string | undefined
}

const vaultKeys: readonly string[] = ['path', 'keyFile', 'passphraseFile']

export function configPath(machine: Pick<Machine, 'environment' | 'homeFolder'>): string {
  const { environment, homeFolder } = machine
  const chosen = environment['HOLDFAST_CONFIG']
  if (chosen !== undefined && chosen !== '') return chosen
  const base = environment['XDG_CONFIG_HOME']
  const folder = base !== undefined && base !== '' ? base : join(homeFolder, '.config')
  return join(folder, 'holdfast', 'config.json')
}

/** No file is an empty configuration; a file named by HOLDFAST_CONFIG must be there. */
export async function readConfig(machine: Machine): Promise<Config> {
  const path = configPath(machine)
  const bytes = await findFile(path)
  if (bytes !== undefined) return parseConfig(bytes.toString('utf8'), path, machine.homeFolder)
  if (path === machine.environment['HOLDFAST_CONFIG'])
    throw failure('file.unusable', {
      path,
      problem: 'HOLDFAST_CONFIG names it, and it is not there',
    })
  return { vaults: new Map(), default: undefined }
}

/** @throws config.malformed, naming the file and the key */
export function parseConfig(text: string, path: string, homeFolder: string): Config {
  const refuse = (problem: string, cause?: unknown) =>
    failure('config.malformed', { path, problem }, cause)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (problem) {
    throw refuse(`it is not JSON (${String(problem)})`, problem)
  }
  const top = recordOf(value, 'it', refuse)
  refuseUnknown(top, ['vaults', 'default'], '', refuse)
  const vaults = new Map<string, NamedVault>()
  for (const [name, item] of Object.entries(recordOf(top['vaults'] ?? {}, 'vaults', refuse))) {
    if (!/^[\w.-]{1,64}$/.test(name))
      throw refuse(`"${name}" is no name: 1 to 64 letters, digits, ".", "_", "-"`)
    vaults.set(name, parseVault(item, { name, homeFolder, refuse }))
  }
  const chosen = top['default']
  if (chosen === undefined) return { vaults, default: undefined }
  if (typeof chosen !== 'string' || !vaults.has(chosen))
    throw refuse('default does not name one of the vaults')
  return { vaults, default: chosen }
}

type Refuse = (problem: string, cause?: unknown) => Error

function parseVault(
  item: unknown,
  place: { readonly name: string; readonly homeFolder: string; readonly refuse: Refuse },
): NamedVault {
  const { name, homeFolder, refuse } = place
  const fields = recordOf(item, `vaults.${name}`, refuse)
  refuseUnknown(fields, vaultKeys, `vaults.${name}.`, refuse)
  const paths = vaultKeys.flatMap((key) => {
    const value = fields[key]
    if (value === undefined) return []
    if (typeof value !== 'string') throw refuse(`vaults.${name}.${key} is not text`)
    const path = value.startsWith('~/') ? join(homeFolder, value.slice(2)) : value
    if (!isAbsolute(path)) throw refuse(`vaults.${name}.${key} is neither absolute nor below ~/`)
    return [[key, path] as const]
  })
  const { path, ...rest } = Object.fromEntries(paths)
  if (path === undefined) throw refuse(`vaults.${name}.path is missing`)
  return { path, ...rest }
}

function recordOf(value: unknown, what: string, refuse: Refuse): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(`${what} is not an object`)
  return Object.fromEntries(Object.entries(value))
}

function refuseUnknown(
  fields: Readonly<Record<string, unknown>>,
  known: readonly string[],
  prefix: string,
  refuse: Refuse,
): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw refuse(`it has the unknown key ${prefix}${unknown} (known: ${known.join(', ')})`)
}
