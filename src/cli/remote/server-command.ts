/** What commands through a control server have in common: they are let in, and know names for ids. */
import type { ApiClient } from '#contract'
import type { Command, CommandGroup, Context, Given } from '../command.ts'
import { boundTo, type ChosenServer, chooseServer, connect } from './connect.ts'
import { NameBook } from './name-book.ts'

export type Remote = {
  readonly context: Context
  readonly server: ChosenServer
  readonly api: ApiClient
  readonly names: NameBook
}

export type ServerCommand = Omit<Command, 'run' | 'speaksTo'> & {
  readonly run: (remote: Remote, given: Given) => Promise<number>
}

/** Codes that every such command may end with. */
export const serverExits: readonly number[] = [13, 14]

export function serverCommand({ run, exits, ...text }: ServerCommand): Command {
  return {
    ...text,
    exits: [...exits, ...serverExits],
    speaksTo: 'server',
    run: (context, given) => withServer(context, (remote) => run(remote, given)),
  }
}

/** A group whose first command runs when none is named. */
export function serverGroup(group: Omit<CommandGroup, 'speaksTo' | 'bare'>): CommandGroup {
  const [first] = group.commands
  return {
    ...group,
    speaksTo: 'server',
    ...(first?.arguments.length === 0 ? { bare: first.name } : {}),
  }
}

async function withServer(
  context: Context,
  work: (remote: Remote) => Promise<number>,
): Promise<number> {
  const server = await chooseServer(context)
  const { machine, signal } = context
  await using connection = await connect(machine, server, () => ({
    authorization: `Bearer ${server.token}`,
  }))
  const api = boundTo(connection.api, signal)
  return await work({ context, server, api, names: new NameBook(api) })
}
