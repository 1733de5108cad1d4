/** `holdfast agent`: the client on a protected machine. */
import { displayName, failure } from '#base'
import { routes } from '#contract'
import type { Command, CommandGroup, Context, Given, OptionSpec } from '../command.ts'
import { getFile } from '../files.ts'
import { printable } from '../printable.ts'
import { shownTime } from '../remote/status-words.ts'
import { wireFields } from '../remote/wire-fields.ts'
import type { AgentPlace, ReceiptStory } from '../services.ts'
import { renderTable } from '../table.ts'
import { readInputLine } from '../terminal.ts'

const stateOption: OptionSpec = {
  flags: '--state <folder>',
  about: 'where the identity of this machine is kept (default: /var/lib/holdfast-agent as root)',
}

const activate: Command = {
  name: 'activate',
  speaksTo: 'nobody',
  summary: 'make this machine an instance of a server',
  about: [
    'Needs an activation code, which counts once and for 15 minutes: `holdfast instances add` or the console makes one. The agent makes its own key; the server certifies it.',
  ],
  arguments: [{ name: 'ADDRESS', about: 'of the server: https://host:port', count: 'one' }],
  options: [
    { flags: '--code-file <file>', about: 'the activation code; - reads it from standard input' },
    {
      flags: '--fingerprint <sha256>',
      about:
        "of the server's key, as it prints it; without it the certificate must be one that this machine trusts",
    },
    stateOption,
  ],
  examples: [
    {
      line: 'holdfast agent activate https://backup.example.com:8443 --code-file -',
      about: 'asks for the code',
    },
  ],
  exits: [130],
  run: async (context, given) => {
    const { machine, output, signal } = context
    const services = await machine.openServices()
    const code = await readCode(context, given)
    const words = {
      address: given.argument('ADDRESS'),
      code,
      fingerprint: given.text('fingerprint'),
    }
    const story = await services.activateAgent(placeOf(context, given), words, signal)
    output.event('activated', { instance: story.instanceId, address: story.address })
    output.line(`This machine is the instance ${story.instanceId} of ${printable(story.address)}.`)
    if (story.isReplaced)
      output.warning(
        'The instance had another client, which may do nothing any more: this one is in its place.',
      )
    return 0
  },
}

const run: Command = {
  name: 'run',
  speaksTo: 'nobody',
  summary: 'run the agent until it is told to end',
  about: [
    'Asks the server for work and does it: backups, restores, upgrades. Opens no port. What the server may ask for is decided by the local policy, /etc/holdfast/agent.json, when root has written one (docs/local-policy.md).',
  ],
  arguments: [],
  options: [
    stateOption,
    { flags: '--policy <file>', about: 'the local policy, instead of /etc/holdfast/agent.json' },
    { flags: '--leave-out <folder>', about: 'never backed up, never restored into', many: true },
  ],
  examples: [{ line: 'holdfast agent run', about: 'as the service does' }],
  exits: [130],
  run: async (context, given) => {
    const { machine, output, signal } = context
    const services = await machine.openServices()
    const request = {
      ...placeOf(context, given),
      policyFile: given.text('policy'),
      leaveOut: given.texts('leaveOut'),
      log: {
        info: (message: string) => output.note(printable(message)),
        warn: (message: string, problem?: Error) =>
          output.warning(
            printable(problem === undefined ? message : `${message}: ${problem.message}`),
          ),
      },
    }
    const end = await services.runAgent(request, signal)
    output.event('ended', { end })
    output.note(endings[end])
    return 0
  },
}

const endings = {
  stopped: 'The agent has ended; a job that was running is taken up again.',
  revoked:
    'The server has revoked the identity of this machine. Activate it again if that was not meant.',
  restart: 'Another version is in place and is started by the service manager.',
  uninstalled: 'The agent has removed itself.',
} as const

const status: Command = {
  name: 'status',
  speaksTo: 'nobody',
  summary: 'whether this machine is activated, and where',
  about: ['Exits with 1 when this machine is not activated.'],
  arguments: [],
  options: [stateOption],
  examples: [{ line: 'holdfast agent status', about: '' }],
  exits: [],
  run: async (context, given) => {
    const { machine, output } = context
    const services = await machine.openServices()
    const story = await services.agentStatus(placeOf(context, given))
    if (story === undefined) throw failure('agent.not-activated')
    const { address, instanceId, expiresAt, isRevoked } = story
    const until = new Date(expiresAt).toISOString()
    output.event('agent', { address, instance: instanceId, certificateUntil: until, isRevoked })
    output.line(`Server       ${printable(address)}`)
    output.line(`Instance     ${instanceId}`)
    output.line(`Certificate  until ${until}${isRevoked ? ', and revoked' : ''}`)
    return 0
  },
}

const receipts: Command = {
  name: 'receipts',
  speaksTo: 'nobody',
  summary: 'what the server promised this machine',
  about: [
    'Lists the signed receipts that this machine has: that the server keeps a version, under which number of the vault, and until when. Each was checked with the key that the machine was told when it was activated. One that was refused failed its backup, and says why; do not count on that version. With --json each has its signature, for whoever wants to check it again.',
  ],
  arguments: [],
  options: [stateOption, { flags: '--refused', about: 'only those that were refused' }],
  examples: [
    { line: 'holdfast agent receipts', about: 'the newest 200 of each plan' },
    {
      line: 'holdfast agent receipts --refused',
      about: 'what the server said and nobody believes',
    },
  ],
  exits: [],
  run: async (context, given) => {
    const { machine, output } = context
    const services = await machine.openServices()
    const all = await services.agentReceipts(placeOf(context, given))
    const shown = all.filter(({ problem }) => !given.flag('refused') || problem !== undefined)
    for (const { receipt, ...rest } of shown)
      output.event('receipt', { ...rest, receipt: wireFields(receiptSchema, receipt) })
    if (shown.length === 0) output.note('There is no such receipt.')
    else for (const line of renderTable(receiptColumns, shown.map(rowOf))) output.line(line)
    return 0
  },
}

const receiptSchema = routes.sessions.commit.answer.schema
const receiptColumns = [
  'GOT',
  'VERSION',
  'SOURCE',
  'VAULT',
  'NUMBER',
  'KEPT UNTIL',
  'SIGNATURE',
].map((title) => ({ title }))

function rowOf({ at, receipt, isChecked, problem }: ReceiptStory): readonly string[] {
  const { versionId, source, vaultId, sequence, retainUntil } = receipt
  const until = retainUntil === undefined ? 'not said' : shownTime(retainUntil)
  const good = isChecked ? 'good' : 'not checked'
  const said = problem === undefined ? good : `REFUSED: ${printable(problem)}`
  return [shownTime(at), versionId, displayName(source), vaultId, String(sequence), until, said]
}

export const agent: CommandGroup = {
  name: 'agent',
  speaksTo: 'nobody',
  summary: 'the client on a protected machine',
  about: ['Runs on every machine that a server protects. It only calls; nothing calls it.'],
  commands: [activate, run, status, receipts],
}

function placeOf({ machine }: Context, given: Given): AgentPlace {
  const usual =
    machine.userName === 'root'
      ? '/var/lib/holdfast-agent'
      : `${machine.homeFolder}/.local/state/holdfast-agent`
  return { stateFolder: given.text('state') ?? usual }
}

async function readCode(context: Context, given: Given): Promise<string> {
  const file = given.text('codeFile') ?? '-'
  const text = file === '-' ? await readInputLine(context) : (await getFile(file)).toString()
  const code = text?.trim() ?? ''
  if (code === '') throw failure('usage.invalid', { problem: 'there is no activation code' })
  return code
}
