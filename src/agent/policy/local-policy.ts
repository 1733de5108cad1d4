/**
 * The local policy, /etc/holdfast/agent.json: what this machine lets its server do. The agent trusts it more than the
 * server (A21). Without the file the defaults hold: everything may be backed up; restores may not replace files in place
 * and may not write where programs and their settings live; there are no hooks.
 */
import { type ByteString, byteStringFromText, failure } from '#base'
import { type Owner, readRootOwned, rootOwner } from './root-owned.ts'

export type LocalPolicy = {
  readonly backupRoots: readonly ByteString[]
  readonly restoreRoots: readonly ByteString[]
  /** Nothing is restored at or below these, whatever the roots say. */
  readonly restoreDenied: readonly ByteString[]
  readonly hooksDirectory: string
  /** Name → file name in the hooks directory. */
  readonly hooks: ReadonlyMap<string, string>
  readonly hookTimeoutSeconds: number
  readonly backupsAtOnce: number
  readonly restoresAtOnce: number
  readonly allow: {
    readonly restores: boolean
    /** Restores that replace files at their original places. */
    readonly overwriteInPlace: boolean
    readonly upgrades: boolean
    readonly downgrades: boolean
    readonly uninstall: boolean
  }
  /** The most that a job may take, whatever the server asks for. */
  readonly limits: {
    readonly bytesPerSecondMax?: number | undefined
    readonly coresMax?: number | undefined
    readonly memoryBytesMax?: number | undefined
  }
  readonly nice: number
  readonly io: 'usual' | 'lowest' | 'idle'
}

export const policyPath = '/etc/holdfast/agent.json'

/** Where a file that is written becomes a program that runs, or a key that opens (threat actors K and V). */
const programPlaces = [
  '/bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /opt/holdfast /proc /root /run /sbin /sys /usr',
  '/var/lib/holdfast /var/lib/systemd /var/spool/cron /var/spool/at',
]
  .join(' ')
  .split(' ')

export const defaultPolicy: LocalPolicy = {
  backupRoots: [byteStringFromText('/')],
  restoreRoots: [byteStringFromText('/')],
  restoreDenied: programPlaces.map(byteStringFromText),
  hooksDirectory: '/etc/holdfast/hooks',
  hooks: new Map(),
  hookTimeoutSeconds: 600,
  backupsAtOnce: 2,
  restoresAtOnce: 2,
  allow: {
    restores: true,
    overwriteInPlace: false,
    upgrades: true,
    downgrades: false,
    uninstall: true,
  },
  limits: {},
  nice: 10,
  io: 'lowest',
}

/** Read for every assignment, so that a change counts at once. @throws agent.policy-unusable */
export async function loadPolicy(path: string, owner: Owner = rootOwner): Promise<LocalPolicy> {
  const read = await readRootOwned(path, owner)
  if (read === undefined) return defaultPolicy
  if ('fault' in read) throw failure('agent.policy-unusable', { path, problem: read.fault })
  try {
    return parsePolicy(read.text)
  } catch (problem) {
    const said = problem instanceof Error ? problem.message : String(problem)
    throw failure('agent.policy-unusable', { path, problem: said }, problem)
  }
}

type Reader<Value> = (value: unknown, name: string) => Value

/** @throws Error with a sentence: a policy that is only half understood allows nothing */
export function parsePolicy(text: string): LocalPolicy {
  const given = fieldsOf(JSON.parse(text), 'the policy')
  const take = <Value>(name: string, read: Reader<Value>, otherwise: Value): Value => {
    const value = given.get(name)
    given.delete(name)
    return value === undefined ? otherwise : read(value, name)
  }
  const { allow, limits } = defaultPolicy
  const policy: LocalPolicy = {
    backupRoots: take('backupRoots', paths, defaultPolicy.backupRoots),
    restoreRoots: take('restoreRoots', paths, defaultPolicy.restoreRoots),
    restoreDenied: take('restoreDenied', paths, defaultPolicy.restoreDenied),
    hooksDirectory: take('hooksDirectory', path, defaultPolicy.hooksDirectory),
    hooks: take('hooks', hooks, defaultPolicy.hooks),
    hookTimeoutSeconds: take('hookTimeoutSeconds', count(1, 86_400), 600),
    backupsAtOnce: take('backupsAtOnce', count(1, 16), defaultPolicy.backupsAtOnce),
    restoresAtOnce: take('restoresAtOnce', count(1, 16), defaultPolicy.restoresAtOnce),
    allow: take(
      'allow',
      (value) => ({ ...allow, ...members(value, Object.keys(allow), yesNo) }),
      allow,
    ),
    limits: take('limits', (value) => members(value, limitNames, count(1, 2 ** 52)), limits),
    nice: take('nice', count(0, 19), defaultPolicy.nice),
    io: take('io', ioClass, defaultPolicy.io),
  }
  const [unknown] = given.keys()
  if (unknown !== undefined) throw new Error(`"${unknown}" is not known`)
  return policy
}

const limitNames = ['bytesPerSecondMax', 'coresMax', 'memoryBytesMax'] as const

function fieldsOf(value: unknown, name: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${name} is not an object`)
  }
  return new Map(Object.entries(value))
}

function members<Name extends string, Value>(
  value: unknown,
  names: readonly Name[],
  read: Reader<Value>,
): { [Key in Name]?: Value } {
  const result: { [Key in Name]?: Value } = {}
  const fields = fieldsOf(value, 'a part of the policy')
  for (const name of names) {
    const member = fields.get(name)
    if (member !== undefined) result[name] = read(member, name)
    fields.delete(name)
  }
  const [unknown] = fields.keys()
  if (unknown !== undefined) throw new Error(`"${unknown}" is not known`)
  return result
}

function paths(value: unknown, name: string): readonly ByteString[] {
  if (!Array.isArray(value)) throw new Error(`"${name}" is not a list of paths`)
  return value.map((one: unknown) => byteStringFromText(path(one, name)))
}

function path(value: unknown, name: string): string {
  if (
    typeof value !== 'string' ||
    !/^\/[^\0]*$/.test(value) ||
    /(?:^|\/)\.\.?(?:\/|$)/.test(value)
  ) {
    throw new Error(`"${name}" holds something that is no absolute path`)
  }
  return value.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '')
}

function hooks(value: unknown): ReadonlyMap<string, string> {
  const named = new Map<string, string>()
  for (const [name, file] of fieldsOf(value, '"hooks"')) {
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw new Error(`"${name}" is no name of a hook`)
    if (typeof file !== 'string' || !/^(?!\.)[^/\0]+$/.test(file)) {
      throw new Error(`the hook "${name}" is not the name of a file in the hooks directory`)
    }
    named.set(name, file)
  }
  return named
}

function count(least: number, most: number): Reader<number> {
  return (value, name) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
      return value
    }
    throw new Error(`"${name}" is not a whole number from ${least} to ${most}`)
  }
}

function yesNo(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`"${name}" is neither true nor false`)
  return value
}

function ioClass(value: unknown): LocalPolicy['io'] {
  if (value === 'usual' || value === 'lowest' || value === 'idle') return value
  throw new Error('"io" is one of usual, lowest, idle')
}
