/** Names of hosts to addresses, as the machine resolves them. */
import { lookup } from 'node:dns/promises'

/** All addresses of a host, in the order in which to try them. */
export type Resolve = (host: string) => Promise<readonly string[]>

export const resolveHost: Resolve = async (host) => {
  const found = await lookup(host, { all: true, order: 'verbatim' })
  return found.map(({ address }) => address)
}
