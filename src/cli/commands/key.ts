/** `holdfast key …`: what opens the vault. */
import { failure } from '#base'
import {
  type Cipher,
  type Credential,
  credentialWords,
  encodeKeyFile,
  recoveryKeyText,
} from '#engine'
import { addSlot, listSlots, proveSlot, removeSlot } from '#vault'
import { formatInstant } from '../amounts.ts'
import type { Command, CommandGroup, Context, Given } from '../command.ts'
import { readNewCredential } from '../credentials.ts'
import { createSecretFile, findStats } from '../files.ts'
import { findVault, slotAccess } from '../open-vault.ts'
import { ownVault } from '../own-vault.ts'
import { printable } from '../printable.ts'
import { renderTable } from '../table.ts'

const secretBytes = 32

const list: Command = {
  name: 'list',
  summary: 'what opens the vault',
  about: ['Lists the key slots. No key is needed for it.'],
  arguments: [],
  options: [],
  examples: [{ line: 'holdfast key list', about: 'slots, their kind, and when they were proven' }],
  exits: [10],
  run: runList,
}

const add: Command = {
  name: 'add',
  summary: 'add a passphrase or a key file',
  about: [
    'Adds a further way to open the vault and tries it before it counts. The vault is opened as usual; the new one is a passphrase asked for on the terminal, or one of these.',
  ],
  arguments: [],
  options: [
    { flags: '--new-key-file <file>', about: 'a key file; made when it is not there' },
    { flags: '--new-passphrase-file <file>', about: 'a passphrase on the first line of this file' },
    { flags: '--label <text>', about: 'a name for the slot' },
  ],
  examples: [
    { line: 'holdfast key add', about: 'asks for another passphrase' },
    { line: 'holdfast key add --new-key-file /etc/holdfast.key', about: 'for jobs by themselves' },
  ],
  exits: [10, 11, 12],
  run: runAdd,
}

const recovery: Command = {
  name: 'recovery',
  summary: 'make a further recovery key',
  about: [
    'Makes a recovery key, tries it, and shows it once. Print it and keep it away from this machine; --recovery-key-file opens a vault with it.',
  ],
  arguments: [],
  options: [
    { flags: '--recovery-file <file>', about: 'writes it into this new file instead' },
    { flags: '--label <text>', about: 'a name for the slot' },
  ],
  examples: [{ line: 'holdfast key recovery', about: 'shows the new key' }],
  exits: [10, 11, 12],
  run: runRecovery,
}

const prove: Command = {
  name: 'prove',
  summary: 'try a key, as a drill',
  about: [
    'Opens the vault with the given passphrase, key file or recovery key alone, and records that it worked.',
  ],
  arguments: [],
  options: [],
  examples: [
    {
      line: 'holdfast key prove --recovery-key-file -',
      about: 'type the printed key, to know that the paper is right',
    },
  ],
  exits: [10, 11, 12],
  run: runProve,
}

const remove: Command = {
  name: 'remove',
  summary: 'remove a key slot',
  about: [
    'Removes a slot. The last proven slot stays, and in a locked vault the last two. What was opened with it before may have been copied: to shut somebody out for good, make a new vault.',
  ],
  arguments: [{ name: 'SLOT', about: 'id from `holdfast key list`', count: 'one' }],
  options: [],
  examples: [{ line: 'holdfast key remove 3f0a1b2c3d4e5f60', about: 'this slot' }],
  exits: [10, 11, 12],
  run: runRemove,
}

export const key: CommandGroup = {
  name: 'key',
  summary: 'what opens the vault: list, add, prove, remove',
  about: ['Passphrases, key files and recovery keys of a vault, each in a slot of its own.'],
  commands: [list, add, recovery, prove, remove],
}

async function runList(context: Context): Promise<number> {
  const { machine, output, signal } = context
  await using found = await findVault(context)
  const { slots, unusable } = await listSlots(await slotAccess(machine, found), signal)
  const instant = (at: number | undefined) => (at === undefined ? 'never' : formatInstant(at))
  for (const { id, kind, label, createdAt, provenAt } of slots) {
    const proven = provenAt === undefined ? null : new Date(provenAt).toISOString()
    const created = new Date(createdAt).toISOString()
    output.event('slot', { id, kind, label, createdAt: created, provenAt: proven })
  }
  const rows = slots.map(({ id, kind, label, createdAt, provenAt }) => [
    id,
    credentialWords[kind],
    instant(createdAt),
    instant(provenAt),
    printable(label),
  ])
  const titles = ['SLOT', 'KIND', 'MADE', 'PROVEN', 'LABEL']
  for (const line of renderTable(
    titles.map((title) => ({ title })),
    rows,
  ))
    output.line(line)
  for (const { name, problem } of unusable)
    output.warning(`${name} cannot be used: ${printable(problem.message)}`)
  return 0
}

async function runAdd(context: Context, given: Given): Promise<number> {
  const { machine, output, signal } = context
  await using owned = await ownVault(context, 'key add')
  const { opened } = owned
  const credential = await newCredential(context, opened.cipher, given)
  const access = await slotAccess(machine, opened)
  const cost =
    credential.kind === 'passphrase' ? { cost: await access.stretcher.calibrate(signal) } : {}
  const label = given.text('label') ?? credentialWords[credential.kind]
  const at = owned.ownership.wallNow()
  const { master } = opened.unlocked
  const slot = await addSlot(access, { master, credential, label, at, ...cost }, signal)
  output.event('slot', { id: slot.id, kind: slot.kind, label })
  output.note(`Added and tried: slot ${slot.id}, ${credentialWords[slot.kind]}.`)
  return 0
}

async function newCredential(context: Context, cipher: Cipher, given: Given): Promise<Credential> {
  const keyFile = given.text('newKeyFile')
  const passphraseFile = given.text('newPassphraseFile')
  if (keyFile !== undefined) {
    if ((await findStats(keyFile)) === undefined) {
      await createSecretFile(keyFile, encodeKeyFile(cipher, cipher.random(secretBytes)))
      context.output.note(`Made the key file ${printable(keyFile)}. Keep a copy of it elsewhere.`)
    }
    return await readNewCredential(context, cipher, {
      kind: 'key-file',
      path: keyFile,
      origin: '--new-key-file',
    })
  }
  if (passphraseFile !== undefined) {
    const origin = '--new-passphrase-file'
    const source = { kind: 'passphrase-file', path: passphraseFile, origin } as const
    return await readNewCredential(context, cipher, source)
  }
  return await readNewCredential(context, cipher, { kind: 'terminal' })
}

async function runRecovery(context: Context, given: Given): Promise<number> {
  const { machine, output, signal } = context
  await using owned = await ownVault(context, 'key recovery')
  const { opened } = owned
  const secret = opened.cipher.random(secretBytes)
  const text = recoveryKeyText(secret)
  const file = given.text('recoveryFile')
  if (file !== undefined) await createSecretFile(file, Buffer.from(`${text}\n`))
  const slot = await addSlot(
    await slotAccess(machine, opened),
    {
      master: opened.unlocked.master,
      credential: { kind: 'recovery', secret },
      label: given.text('label') ?? credentialWords.recovery,
      at: owned.ownership.wallNow(),
    },
    signal,
  )
  const shown = file === undefined ? { recoveryKey: text } : {}
  output.event('slot', { id: slot.id, kind: slot.kind, ...shown })
  output.note(`Added and tried: slot ${slot.id}, recovery key.`)
  if (file === undefined) output.line(output.settings.quiet ? `Recovery key: ${text}` : `  ${text}`)
  else output.note(`It is in ${printable(file)}. Keep it away from this machine.`)
  return 0
}

async function runProve(context: Context): Promise<number> {
  const { machine, output, signal } = context
  // Proofs are written, and so only by the owner; its own credential is the one that is tried.
  await using owned = await ownVault(context, 'key prove')
  const { opened } = owned
  const access = await slotAccess(machine, opened)
  const credential = opened.credential
  const slot = await proveSlot(access, { credential, at: owned.ownership.wallNow() }, signal)
  output.event('slot', { id: slot.id, kind: slot.kind })
  output.note(`Slot ${slot.id} (${credentialWords[slot.kind]}) opens the vault.`)
  return 0
}

async function runRemove(context: Context, given: Given): Promise<number> {
  const { machine, output, signal } = context
  await using owned = await ownVault(context, 'key remove')
  const { opened, ownership } = owned
  const access = await slotAccess(machine, opened)
  const id = await slotNamed(access, given.argument('SLOT'), signal)
  const minimum = ownership.state.lock === 'off' ? 1 : 2
  await removeSlot(access, { id, master: opened.unlocked.master, minimum }, signal)
  output.event('removed', { id })
  output.note(`Removed slot ${id}.`)
  return 0
}

/** The whole id, or the only slot whose id begins so. */
async function slotNamed(
  access: Parameters<typeof listSlots>[0],
  wanted: string,
  signal: AbortSignal,
): Promise<string> {
  const { slots } = await listSlots(access, signal)
  const found = slots.filter(({ id }) => wanted.length >= 4 && id.startsWith(wanted))
  const [only] = found
  if (found.length > 1)
    throw failure('usage.invalid', { problem: `${wanted} names ${found.length} key slots` })
  return only?.id ?? wanted
}
