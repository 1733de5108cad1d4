/** `holdfast init`: a new vault with two proven ways in, of which one is on paper. */
import { failure } from '#base'
import {
  type Cipher,
  type Credential,
  defaultChunkerParams,
  encodeKeyFile,
  type LockState,
  type ObjectKind,
  type ObjectName,
  recoveryKeyText,
  type VaultConfig,
} from '#engine'
import { addSlot, configName, createVault, Ownership } from '#vault'
import { formatDuration, parseDuration } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { chooseSource, readNewCredential } from '../credentials.ts'
import { createSecretFile, findStats } from '../files.ts'
import { keepReserve } from '../free-space.ts'
import { lockSentence } from '../lock-words.ts'
import type { VaultFolder } from '../machine.ts'
import {
  chooseVault,
  describeNames,
  holderOf,
  isVaultFolder,
  listNames,
  slotAccess,
  type VaultPlace,
} from '../open-vault.ts'

const masterBytes = 32
const vaultIdBytes = 16
const compressionLevel = 3
/**
 * Defence in depth, not the safety argument (reliability 6.3.4): where nothing is locked a user who frees space wants it
 * now.
 */
const graceMs: Readonly<Record<LockState, number>> = {
  off: 0,
  governed: 72 * 3600 * 1000,
  compliance: 72 * 3600 * 1000,
}

export const init: Command = {
  name: 'init',
  summary: 'make a vault',
  about: [
    'Makes a vault in an empty or new folder. It opens with a passphrase (8 characters at least) or with a key file (--key-file; a file that is not there yet is made), and with a recovery key, which is shown once: print it and keep it away from this machine. Whoever has lost all of them has lost the vault.',
    'A lock makes retention binding: with --lock compliance nobody can remove a point before its time through Holdfast, and the lock cannot be taken off again.',
  ],
  arguments: [],
  options: [
    {
      flags: '--lock <state>',
      about: 'retention is binding from the start',
      choices: ['off', 'governed', 'compliance'],
    },
    { flags: '--retention-min <time>', about: 'points are kept at least so long (default 0d)' },
    {
      flags: '--retention-max <time>',
      about: 'points are kept at most so long (default forever)',
    },
    { flags: '--no-recovery-key', about: 'makes no recovery key' },
    {
      flags: '--recovery-file <file>',
      about: 'writes the recovery key into this new file instead of showing it',
    },
  ],
  examples: [
    { line: 'holdfast init --vault /mnt/backup/vault', about: 'asks for a passphrase' },
    {
      line: 'holdfast init --vault /mnt/backup/vault --key-file ~/.holdfast.key',
      about: 'makes a key file too, for jobs that run by themselves',
    },
    {
      line: 'holdfast init --vault /mnt/backup/vault --lock compliance --retention-max 1y',
      about: 'a vault whose points nobody removes early',
    },
  ],
  exits: [10, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, signal } = context
  const place = await chooseVault(context)
  const retention = readRetention(given)
  await refuseForeign(place)
  const cipher = await machine.openCipher()
  const credential = await newCredential(context, cipher, place)
  const recovery = given.isRefused('recoveryKey') ? undefined : cipher.random(masterBytes)
  const key = recovery === undefined ? undefined : recoveryKeyText(recovery)
  const folder = await machine.openVaultFolder(place.path, 'new')
  try {
    await clearUnfinished(folder, signal)
    const lock = lockOf(given)
    const config: VaultConfig = {
      vaultId: cipher.random(vaultIdBytes),
      mode: 'managed',
      createdAt: Math.floor(machine.clock.now().wallMs),
      compressionLevel,
      chunkAverageBytes: defaultChunkerParams.averageBytes,
      ...retention,
      gcGraceMs: graceMs[lock],
      features: [],
    }
    const recoveryFile = given.text('recoveryFile')
    if (key !== undefined && recoveryFile !== undefined)
      await createSecretFile(recoveryFile, Buffer.from(`${key}\n`))
    await build(context, { folder, cipher, config, credential, recovery, lock })
    await keepReserve(context, folder)
    tell(context, { folder, config, lock, key, recoveryFile })
  } finally {
    await folder.close()
  }
  return 0
}

type Plan = {
  readonly folder: VaultFolder
  readonly cipher: Cipher
  readonly config: VaultConfig
  readonly credential: Credential
  readonly recovery: Uint8Array | undefined
  readonly lock: LockState
}

/** Slots first: the configuration makes it a vault, and there is never one that nobody can open. */
async function build(context: Context, plan: Plan): Promise<void> {
  const { machine, signal } = context
  const { folder, cipher, config, credential } = plan
  const master = cipher.random(masterBytes)
  const access = await slotAccess(machine, { folder, cipher, config })
  const at = config.createdAt
  const label = credential.kind === 'passphrase' ? 'passphrase' : 'key file'
  const cost =
    credential.kind === 'passphrase' ? { cost: await access.stretcher.calibrate(signal) } : {}
  await addSlot(access, { master, credential, label, at, ...cost }, signal)
  if (plan.recovery !== undefined) {
    const printed: Credential = { kind: 'recovery', secret: plan.recovery }
    await addSlot(access, { master, credential: printed, label: 'recovery key', at }, signal)
  }
  const ports = { store: folder.store, leases: folder.leases, clock: machine.clock, cipher }
  const vault = await createVault(ports, config, master, signal)
  if (plan.lock === 'off') return
  await using ownership = await Ownership.take(vault, holderOf(context, 'init'), signal)
  await ownership.append({ kind: 'lock', to: plan.lock }, signal)
}

function tell(
  { output }: Context,
  facts: {
    readonly folder: VaultFolder
    readonly config: VaultConfig
    readonly lock: LockState
    readonly key: string | undefined
    readonly recoveryFile: string | undefined
  },
): void {
  const { folder, config, lock, key, recoveryFile } = facts
  const { retentionMinMs, retentionMaxMs } = config
  output.event('created', {
    path: folder.path,
    vaultId: Buffer.from(config.vaultId).toString('hex'),
    lock,
    tier: 'T0',
    retentionMinMs,
    retentionMaxMs: retentionMaxMs ?? null,
    ...(key === undefined || recoveryFile !== undefined ? {} : { recoveryKey: key }),
  })
  output.note(`Made the vault ${folder.path}.`)
  output.note(lockSentence(lock))
  if (retentionMinMs > 0 || retentionMaxMs !== undefined) {
    const [min, max] = [formatDuration(retentionMinMs), formatDuration(retentionMaxMs)]
    output.note(`Points are kept from ${min} to ${max}.`)
  }
  if (key === undefined) return
  if (recoveryFile !== undefined) {
    output.note(`The recovery key is in ${recoveryFile}. Keep it away from this machine.`)
    return
  }
  output.note('Recovery key, shown only now. Print it and keep it away from this machine:')
  output.line(output.settings.quiet ? `Recovery key: ${key}` : `  ${key}`)
  output.note('It was tried and opens the vault.')
}

function lockOf(given: Given): LockState {
  const state = given.text('lock')
  return state === 'governed' || state === 'compliance' ? state : 'off'
}

function readRetention(given: Given): Pick<VaultConfig, 'retentionMinMs' | 'retentionMaxMs'> {
  const retentionMinMs = parseDuration(given.text('retentionMin') ?? '0d', '--retention-min')
  const retentionMaxMs = parseDuration(given.text('retentionMax') ?? 'forever', '--retention-max')
  if (retentionMinMs === undefined)
    throw failure('usage.invalid', { problem: '--retention-min cannot be forever' })
  if (retentionMaxMs !== undefined && retentionMaxMs < retentionMinMs)
    throw failure('usage.invalid', { problem: '--retention-max is less than --retention-min' })
  return { retentionMinMs, retentionMaxMs }
}

async function newCredential(
  context: Context,
  cipher: Cipher,
  place: VaultPlace,
): Promise<Credential> {
  const source = chooseSource(context, place.named)
  if (source.kind === 'recovery-file')
    throw failure('usage.invalid', { problem: 'A recovery key is made by init, not given to it' })
  if (source.kind === 'key-file' && (await findStats(source.path)) === undefined) {
    await createSecretFile(source.path, encodeKeyFile(cipher, cipher.random(masterBytes)))
    context.output.note(`Made the key file ${source.path}. Keep a copy of it elsewhere.`)
  }
  return await readNewCredential(context, cipher, source)
}

/** Names that a vault folder may have while it is being made. */
const ownNames = [
  'copies',
  'slot',
  'tmp',
  'vault',
  'ledger',
  'holdfast.json',
  'lost+found',
  'reserve',
]
const contents: readonly ObjectKind[] = ['ledger', 'point', 'index', 'pack']

async function refuseForeign({ path }: VaultPlace): Promise<void> {
  const facts = await findStats(path)
  if (facts !== undefined && !facts.isDirectory())
    throw failure('vault.foreign', { vault: path, found: 'it is not a folder' })
  const names = await listNames(path)
  if (await isVaultFolder(path)) return
  if (names.every((name) => ownNames.includes(name))) return
  throw failure('vault.foreign', { vault: path, found: describeNames(names) })
}

/** Takes away what an init left that was killed; a vault with any content is a vault, and stays as it is. */
async function clearUnfinished({ path, store }: VaultFolder, signal: AbortSignal): Promise<void> {
  for (const kind of contents)
    for await (const _ of store.list(kind, signal)) throw failure('vault.exists', { vault: path })
  await store.removeRecord(configName, signal)
  const slots: ObjectName[] = []
  for await (const { name } of store.list('slot', signal)) slots.push(name)
  for (const name of slots) await store.removeRecord(name, signal)
}
