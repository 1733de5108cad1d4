/** `holdfast server export-key`: a key file that opens one vault of a server without the server. */
import { unlink } from 'node:fs/promises'
import { encodeKeyFile } from '#engine'
import type { Command, Context, Given, OptionSpec } from '../command.ts'
import { createSecretFile } from '../files.ts'
import { printable } from '../printable.ts'
import { confirmOptions, typedConfirmation } from '../remote/confirm-text.ts'
import type { ServerRunRequest } from '../services.ts'

const secretBytes = 32

type Place = Omit<ServerRunRequest, 'protectsThisMachine'>

export const exportKeyCommand = (
  placeOptions: readonly OptionSpec[],
  placeOf: (given: Given) => Place,
): Command => ({
  name: 'export-key',
  summary: 'make a key file that opens one vault without the server',
  about: [
    "Makes a key file and adds it to the ways into the vault, so that the plain command line reads and restores it on any machine: for an archive, for leaving Holdfast's server behind, or for the day when there is no server. Whoever has the file and the vault reads everything in it, of all machines. The export is written into the audit log. Run it while the server is stopped, with its keys in place; a lost catalog does not matter.",
    "To take the file's right back, remove its slot with `holdfast key remove`; who copied both can still read what they copied.",
  ],
  arguments: [
    { name: 'VAULT', about: 'name or id of the vault', count: 'one' },
    { name: 'FILE', about: 'a new file for the key', count: 'one' },
  ],
  options: [...placeOptions, ...confirmOptions],
  examples: [
    {
      line: 'holdfast server export-key essential /media/safe/essential.key',
      about: 'asks for the name of the vault, as confirmation',
    },
    {
      line: 'holdfast points --vault /srv/holdfast/vaults/… --key-file /media/safe/essential.key',
      about: 'what is in it, without any server',
    },
  ],
  exits: [10, 11],
  run: async (context, given) => await run(context, given, placeOf(given)),
})

async function run(context: Context, given: Given, place: Place): Promise<number> {
  const { machine, output, signal } = context
  const [vault, file] = [given.argument('VAULT'), given.argument('FILE')]
  output.notice(`Whoever has this key file and the vault ${printable(vault)} reads all of it.`)
  if ((await typedConfirmation(context, given, vault)) === undefined) return 0
  const services = await machine.openServices()
  const cipher = await machine.openCipher()
  const secret = cipher.random(secretBytes)
  // Durable before anything counts on it.
  await createSecretFile(file, encodeKeyFile(cipher, secret))
  try {
    const exported = await services.exportKey(place, { vault, secret }, signal)
    const { path, slotId, isAudited } = exported
    output.event('exported', { ...exported, file })
    output.line(`The key file ${printable(file)} opens the vault ${printable(exported.name)}:`)
    output.line(`  holdfast points --vault ${printable(path)} --key-file ${printable(file)}`)
    output.note(`It is the slot ${slotId} of the vault.`)
    if (!isAudited)
      output.warning('The catalog is not there, so the audit log does not know of it.')
    return 0
  } catch (problem) {
    // It opens nothing.
    await unlink(file)
    throw problem
  }
}
