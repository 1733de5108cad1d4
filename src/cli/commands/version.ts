/** `holdfast version`. */
import type { Command, Context } from '../command.ts'

export const version: Command = {
  name: 'version',
  summary: 'the version of this program and of what it runs on',
  about: ['Tells the version of Holdfast, of Node, and of the vault format that it writes.'],
  arguments: [],
  options: [],
  examples: [{ line: 'holdfast version', about: 'for a report of a bug' }],
  exits: [],
  run: async ({ machine, output }: Context) => {
    const { version: holdfast, runtime } = machine
    output.event('version', { holdfast, runtime, vaultFormat: 1 })
    output.line(`holdfast ${holdfast}, vault format 1, ${runtime}`)
    return 0
  },
}
