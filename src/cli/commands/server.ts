/** `holdfast server`: the control server of a fleet. */
import type { Command, CommandGroup, Context, Given, OptionSpec } from '../command.ts'
import { printable } from '../printable.ts'
import type { ServerRunRequest, ServerStory } from '../services.ts'
import { exportKeyCommand } from './server-export-key.ts'

const placeOptions: readonly OptionSpec[] = [
  { flags: '--config <file>', about: 'configuration: JSON, see docs/operations.md' },
  { flags: '--data <folder>', about: 'where keys, catalog and vaults are' },
]

const run: Command = {
  name: 'run',
  summary: 'run the control server until it is told to end',
  about: [
    'Runs the server in the foreground: its API, its scheduler and its vaults. The first start makes keys, a catalog and a certificate in the data folder, and prints a code with which the first administrator signs up.',
    'Agents know the server by its certificate; keep the folder `keys` of the data folder safe and backed up: without the master key in it nothing can be restored.',
  ],
  arguments: [],
  options: [
    ...placeOptions,
    {
      flags: '--listen <address>',
      about: 'host:port to listen at (default: all addresses, port 8443)',
    },
    {
      flags: '--address <url>',
      about: 'by which people and agents reach it: https://backup.example.com:8443',
    },
    { flags: '--catalog <place>', about: '"sqlite", the path of a SQLite file, or postgres://…' },
    {
      flags: '--protect-this-machine',
      about: 'also makes an owner, when there is none, and protects this machine as an instance',
    },
  ],
  examples: [
    { line: 'holdfast server run', about: 'on defaults' },
    {
      line: 'holdfast server run --data /srv/holdfast --address https://backup.example.com:8443',
      about: 'data elsewhere, and a name of its own',
    },
  ],
  exits: [130],
  run: async (context, given) => {
    const { machine, signal } = context
    const services = await machine.openServices()
    const request = { ...placeOf(given), protectsThisMachine: given.flag('protectThisMachine') }
    await services.runServer(request, (story) => tell(context, story), signal)
    return 0
  },
}

const recover: Command = {
  name: 'recover-catalog',
  summary: 'fill a lost catalog from the vaults',
  about: [
    'For a server whose catalog is lost and whose keys and vaults are there: takes users, plans and settings from the newest export that is whole, beside the keys or in a vault, and reads versions and points from the vaults themselves. Without any export, accounts, vaults and machines come from the vaults, and users are made anew. Run it while the server is stopped, with an empty catalog.',
  ],
  arguments: [],
  options: placeOptions,
  examples: [{ line: 'holdfast server recover-catalog', about: 'after the loss of catalog.db' }],
  exits: [11],
  run: async ({ machine, output, signal }, given) => {
    const services = await machine.openServices()
    const told = (sentence: string) => {
      output.event('recovered', { text: sentence })
      output.line(printable(sentence))
    }
    await services.recoverCatalog(placeOf(given), told, signal)
    return 0
  },
}

const newKey: Command = {
  name: 'new-master-key',
  summary: 'make a new master key; the ones before stay readable',
  about: ['The new key wraps what is made from the next start of the server on.'],
  arguments: [],
  options: placeOptions,
  examples: [{ line: 'holdfast server new-master-key', about: 'then restart the server' }],
  exits: [],
  run: async ({ machine, output }, given) => {
    const services = await machine.openServices()
    const name = await services.addMasterKey(placeOf(given))
    output.event('master-key', { name })
    output.line(`Made the master key ${name}. Back it up, then restart the server.`)
    return 0
  },
}

export const server: CommandGroup = {
  name: 'server',
  summary: 'run the control server of a fleet, and care for it',
  about: [
    'One server protects many machines: agents on them call it, it keeps their points in its vaults and restores them anywhere.',
  ],
  bare: 'run',
  commands: [run, recover, newKey, exportKeyCommand(placeOptions, placeOf)],
}

function placeOf(given: Given): Omit<ServerRunRequest, 'protectsThisMachine'> {
  const [data, listen] = [given.text('data'), given.text('listen')]
  const [address, catalog] = [given.text('address'), given.text('catalog')]
  return { configFile: given.text('config'), options: { data, listen, address, catalog } }
}

function tell({ output }: Context, story: ServerStory): void {
  const { address, fingerprint, dataFolder, setupCode, owner, thisMachine } = story
  output.event('listening', {
    address,
    fingerprint: fingerprint ?? null,
    dataFolder,
    setupCode: setupCode ?? null,
    owner: owner === undefined ? null : { ...owner },
    thisMachine: thisMachine ?? null,
  })
  const login = `holdfast login ${address}${fingerprint === undefined ? '' : ` --fingerprint ${fingerprint}`}`
  output.line(`The server listens at ${address}; its data is in ${dataFolder}.`)
  if (fingerprint !== undefined) output.line(`Its fingerprint: ${fingerprint}`)
  if (owner !== undefined) {
    output.line('')
    output.line('Your sign-in, shown only now:')
    output.line(`  e-mail    ${owner.email}`)
    output.line(`  password  ${owner.password}`)
  }
  if (setupCode !== undefined) {
    output.line('')
    output.line(
      'Nobody has signed up yet. The first administrator needs this code, shown only now:',
    )
    output.line(`  ${setupCode}`)
  }
  if (thisMachine === 'added') output.line('This machine is protected as the first instance.')
  output.line('')
  output.line(
    story.hasConsole
      ? `What next: open ${address} in a browser, or in another terminal:`
      : 'What next, in another terminal:',
  )
  output.line(`  ${login}`)
  output.line('  holdfast instances          the machines, and how they are')
  output.line('  holdfast instances add      the line that protects another machine')
}
