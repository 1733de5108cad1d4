/** `holdfast logout`: a control server is forgotten, with the token that it was spoken to with. */
import { failure, isFailure } from '#base'
import { routes } from '#contract'
import type { Command, Context, Given } from '../../command.ts'
import {
  readServerBook,
  type SavedServer,
  type ServerBook,
  withoutServer,
  writeServerBook,
} from '../../remote/server-book.ts'
import { serverExits } from '../../remote/server-command.ts'
import { signIn } from '../../remote/sign-in.ts'

export const logout: Command = {
  name: 'logout',
  summary: 'forget a control server and its token',
  about: [
    'Removes the server and its token from this machine. With --revoke the token that `login` made is revoked at the server first, which asks for the password: a token cannot do that itself. Without it the token counts until it expires.',
  ],
  arguments: [],
  options: [{ flags: '--revoke', about: 'also revokes the token, with the password' }],
  examples: [{ line: 'holdfast logout --server backup.example.com', about: 'forgets this one' }],
  exits: serverExits,
  speaksTo: 'server',
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, settings, output } = context
  const book = await readServerBook(machine)
  const server = serverNamed(book, settings.server ?? book.default)
  if (given.flag('revoke')) await revoke(context, server)
  await writeServerBook(withoutServer(book, server.name))
  output.event('signed-out', { server: server.name, address: server.address })
  output.note(`${server.name} (${server.address}) is forgotten.`)
  if (!given.flag('revoke'))
    output.notice('Its token counts at the server until it expires or is revoked there.')
  return 0
}

function serverNamed(book: ServerBook, word: string | undefined): SavedServer {
  if (word === undefined) throw failure('server.unnamed')
  const found = book.servers.find(({ name, address }) => name === word || address === word)
  if (found !== undefined) return found
  const known = book.servers.map(({ name }) => name).join(', ') || 'none'
  throw failure('server.unknown-name', { name: word, path: book.path, known })
}

async function revoke(context: Context, server: SavedServer): Promise<void> {
  const { tokenId } = server
  if (tokenId === undefined) {
    const problem = 'This token was not made by `holdfast login`; revoke it where it was made'
    throw failure('usage.invalid', { problem })
  }
  await using signed = await signIn(context, server, server.email)
  try {
    await signed.api.call(routes.tokens.revoke, { path: { tokenId } })
  } catch (problem) {
    if (!isFailure(problem, 'record.not-found')) throw problem
  }
}
