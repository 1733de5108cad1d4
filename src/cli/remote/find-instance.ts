/**
 * Which instance a word means: its name, its host name, one of its addresses, or the first digits of its id. Nothing is
 * guessed: what fits two is an error that names both, and what fits none is an error that names what comes near.
 */
import { failure } from '#base'
import { type ApiClient, type Instance, type InstanceId, ids, routes } from '#contract'
import { printable } from '../printable.ts'

/** `living`: an instance that is gone is meant only by its id. */
export type InstanceChoice = 'any' | 'living'

const idDigitsMin = 4
const pageItems = 500
const namedMax = 5

/** @throws name.unknown, name.ambiguous */
export async function findInstance(
  api: ApiClient,
  word: string,
  choice: InstanceChoice = 'any',
): Promise<Instance> {
  const whole = ids.instance.safeParse(word)
  if (whole.success) return await getInstance(api, whole.data)
  if (/^i-[0-9a-z]+$/.test(word) && word.length >= idDigitsMin + 2) {
    const found = await gather(api, {}, ({ instanceId }) => instanceId.startsWith(word))
    if (found.length > 0) return only(found, word)
  }
  const near = word === '' ? [] : await gather(api, { search: word.slice(0, 200) }, () => true)
  for (const sees of ways) {
    const exact = near.filter((instance) => sees(instance).some((name) => isSame(name, word)))
    const living = exact.filter(({ state }) => state !== 'RELEASED')
    const found = choice === 'living' ? living : exact
    if (found.length > 0) return only(found, word)
  }
  throw failure('name.unknown', { kind: 'instance', name: printable(word), near: nearWords(near) })
}

/** In the order in which they count. */
const ways: readonly ((instance: Instance) => readonly string[])[] = [
  ({ name }) => [name],
  ({ hostName }) => (hostName === undefined ? [] : [hostName]),
  ({ addresses }) => addresses,
]

async function getInstance(api: ApiClient, instanceId: InstanceId): Promise<Instance> {
  return await api.call(routes.instances.get, { path: { instanceId } })
}

async function gather(
  api: ApiClient,
  query: { readonly search?: string },
  isMeant: (instance: Instance) => boolean,
): Promise<readonly Instance[]> {
  const found: Instance[] = []
  const all = api.list(routes.instances.list, { query: { ...query, limit: pageItems } })
  for await (const instance of all) if (isMeant(instance)) found.push(instance)
  return found
}

function only(found: readonly Instance[], word: string): Instance {
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  throw failure('name.ambiguous', {
    name: printable(word),
    count: found.length,
    found: found.slice(0, namedMax).map(describe).join('; '),
  })
}

function describe({ instanceId, name, state, createdAt }: Instance): string {
  const day = new Date(createdAt).toISOString().slice(0, 10)
  return `${instanceId} (${printable(name)}, ${state.toLowerCase()}, since ${day})`
}

function nearWords(near: readonly Instance[]): string {
  if (near.length === 0) return ''
  const names = near.slice(0, namedMax).map(({ name }) => printable(name))
  return `; near it are ${names.join(', ')}${near.length > namedMax ? ', …' : ''}`
}

function isSame(name: string, word: string): boolean {
  return name.toLowerCase() === word.toLowerCase()
}
