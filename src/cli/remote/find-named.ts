/** Which vault, user, channel or token a word means: its name, or its id or the first digits of it. */
import { failure } from '#base'
import { type ApiClient, type Channel, routes, type Vault } from '#contract'
import { printable } from '../printable.ts'

const idCharactersMin = 5

export type Named<Item> = {
  readonly kind: string
  readonly items: AsyncIterable<Item>
  readonly id: (item: Item) => string
  /** What it is called, in the order in which the names count. */
  readonly names: (item: Item) => readonly string[]
}

/** @throws name.unknown, name.ambiguous */
export async function findNamed<Item>(word: string, named: Named<Item>): Promise<Item> {
  const { kind, items, id, names } = named
  const all: Item[] = []
  for await (const item of items) {
    if (id(item) === word) return item
    all.push(item)
  }
  const called = all.filter((item) => names(item).some((name) => isSame(name, word)))
  const begun = all.filter((item) => word.length >= idCharactersMin && id(item).startsWith(word))
  const found = called.length > 0 ? called : begun
  const [first] = found
  if (first === undefined) throw failure('name.unknown', { kind, name: printable(word), near: '' })
  if (found.length === 1) return first
  const told = found.slice(0, 5).map((item) => `${id(item)} (${printable(names(item)[0] ?? '')})`)
  throw failure('name.ambiguous', {
    name: printable(word),
    count: found.length,
    found: told.join('; '),
  })
}

export async function findVault(api: ApiClient, word: string): Promise<Vault> {
  return await findNamed(word, {
    kind: 'vault',
    items: api.list(routes.vaults.list, {}),
    id: ({ vaultId }) => vaultId,
    names: ({ name }) => [name],
  })
}

export async function findChannel(api: ApiClient, word: string): Promise<Channel> {
  return await findNamed(word, {
    kind: 'channel',
    items: api.list(routes.channels.list, {}),
    id: ({ channelId }) => channelId,
    names: ({ name }) => [name],
  })
}

function isSame(name: string, word: string): boolean {
  return name.toLowerCase() === word.toLowerCase()
}
