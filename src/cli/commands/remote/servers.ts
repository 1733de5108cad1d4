/** `holdfast servers`: the control servers that are known here. Asks none of them. */
import type { Command, Context } from '../../command.ts'
import { printable } from '../../printable.ts'
import { readServerBook } from '../../remote/server-book.ts'
import { renderTable } from '../../table.ts'

export const servers: Command = {
  name: 'servers',
  summary: 'the control servers that are known here',
  about: ['Lists what `holdfast login` keeps, without the tokens. The default has a star.'],
  arguments: [],
  options: [],
  examples: [{ line: 'holdfast servers', about: 'name, address and as whom' }],
  exits: [],
  speaksTo: 'server',
  run,
}

async function run({ machine, output }: Context): Promise<number> {
  const book = await readServerBook(machine)
  for (const { name, address, fingerprint, email } of book.servers) {
    const isDefault = name === book.default
    output.event('server', { name, address, fingerprint, email, isDefault })
  }
  if (book.servers.length === 0)
    output.note('No control server is known yet: `holdfast login ADDRESS`.')
  const rows = book.servers.map(({ name, address, fingerprint, email }) => [
    `${name}${name === book.default ? ' *' : ''}`,
    address,
    printable(email ?? ''),
    fingerprint === undefined ? 'by authorities' : `sha256:${fingerprint.slice(0, 16)}…`,
  ])
  const columns = ['NAME', 'ADDRESS', 'AS', 'TRUSTED'].map((title) => ({ title }))
  if (rows.length > 0) for (const line of renderTable(columns, rows)) output.line(line)
  return 0
}
