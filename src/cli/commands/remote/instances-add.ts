/** `holdfast instances add`: a machine joins, by one line that is run on it. */
import { failure } from '#base'
import { type Instance, routes } from '#contract'
import type { Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { findVault } from '../../remote/find-named.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const askEachMs = 2_000

export const addInstance = serverCommand({
  name: 'add',
  summary: 'make an activation code for a machine',
  about: [
    'Makes an activation code, for one use within 15 minutes, and prints the line to run on the machine as root: one that installs the client and activates it, and one for a machine that has `holdfast` already. The machine needs to reach the server; nothing needs to reach the machine.',
  ],
  arguments: [
    {
      name: 'INSTANCE',
      about: 'one that is on the list already, as when it was rebuilt; else a new one comes on it',
      count: 'optional',
    },
  ],
  options: [
    { flags: '--activate', about: 'begins Essential backup as soon as the machine is there' },
    { flags: '--into-vault <vault>', about: 'where to back up to, with --activate' },
    { flags: '--region <region>', about: 'needed when there are several' },
    { flags: '--note <text>', about: 'what the code is for' },
    { flags: '--wait', about: 'waits until the machine has called in' },
  ],
  examples: [
    {
      line: 'holdfast instances add --activate --wait',
      about: 'the next machine, protected at once',
    },
    {
      line: 'holdfast instances add --json | jq -r .command | ssh root@web-1 sh',
      about: 'the whole of it in one line',
    },
  ],
  exits: [4],
  run,
})

async function run(remote: Remote, given: Given): Promise<number> {
  const { api, context, server } = remote
  const { output } = context
  const word = given.findArgument('INSTANCE')
  const instance = word === undefined ? undefined : await findInstance(api, word, 'living')
  const vault = given.text('intoVault')
  const note = given.text('note')
  const made = await api.call(routes.activationCodes.create, {
    body: {
      regionId: instance?.regionId ?? given.text('region') ?? (await onlyRegion(remote)),
      ...(instance === undefined ? {} : { instanceId: instance.instanceId }),
      ...(given.flag('activate') ? { activate: true } : {}),
      ...(vault === undefined ? {} : { vaultId: (await findVault(api, vault)).vaultId }),
      ...(note === undefined ? {} : { note }),
    },
  })
  const { activationCode, secret, command } = made
  const pin = server.fingerprint === undefined ? '' : ` --fingerprint sha256:${server.fingerprint}`
  // The code is in no command line, which other users of the machine could see.
  const agentLine = `echo ${secret} | holdfast agent activate ${server.address} --code-file -${pin}`
  const fields = wireFields(routes.activationCodes.create.answer.schema, made)
  output.event('activation-code', { ...fields, agentCommand: agentLine })
  output.line(`Run this on the machine, as root, before ${shownTime(activationCode.expiresAt)}:`)
  output.line(`  ${printable(command)}`)
  output.line('Or, where holdfast is installed already:')
  output.line(`  ${printable(agentLine)}`)
  if (given.flag('wait')) await waitFor(remote, activationCode)
  return 0
}

async function onlyRegion({ api }: Remote): Promise<string> {
  const found: string[] = []
  for await (const { regionId } of api.list(routes.regions.list, {})) found.push(regionId)
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  throw failure('choice.missing', {
    problem: `There are ${found.length} regions`,
    advice: `Say which with --region: ${found.join(', ')}.`,
  })
}

type Code = { readonly codeId: string; readonly createdAt: number; readonly expiresAt: number }

/** @throws job.not-complete when nobody used it */
async function waitFor({ api, context }: Remote, { codeId }: Code): Promise<void> {
  const { output, machine, signal } = context
  output.notice('Waiting for the machine …')
  for (;;) {
    const code = await findCode(api, codeId)
    if (code?.usedBy !== undefined) {
      const instance = await findUser(api, code.usedBy)
      output.event('instance', wireFields(routes.instances.get.answer.schema, instance))
      output.note(`${printable(instance.name)} is there (${instance.instanceId}).`)
      return
    }
    if (code === undefined || code.expiresAt <= machine.clock.now().wallMs)
      throw failure('job.not-complete', {
        job: codeId,
        state: 'expired',
        problem: 'no machine used the activation code.',
        advice: 'Make a new one.',
      })
    await machine.clock.sleep(askEachMs, signal)
  }
}

async function findCode(api: Remote['api'], codeId: string) {
  for await (const code of api.list(routes.activationCodes.list, {}))
    if (code.codeId === codeId) return code
  return undefined
}

async function findUser(api: Remote['api'], clientId: string): Promise<Instance> {
  const query = { limit: 200, sort: '-createdAt' } as const
  for await (const instance of api.list(routes.instances.list, { query }))
    if (instance.client.clientId === clientId) return instance
  throw failure('name.unknown', { kind: 'client', name: clientId, near: '' })
}
