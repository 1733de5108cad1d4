/** The way to the control server that a command means: which one, how it is trusted, and as whom we come. */
import { randomUUID } from 'node:crypto'
import { failure, isFailure } from '#base'
import { type ApiClient, type Fetch, openClient } from '#contract'
import type { Context } from '../command.ts'
import type { Machine, ServerLink, ServerTrust } from '../machine.ts'
import { parseFingerprint, parseServerAddress } from './server-address.ts'
import { findBookExposure, readServerBook, type SavedServer } from './server-book.ts'

export type ChosenServer = Pick<SavedServer, 'address' | 'fingerprint' | 'token' | 'email'> & {
  /** In the book; undefined: it was named by its address. */
  readonly name: string | undefined
}

/** Options come first, then the environment, then the book. @throws server.unnamed, server.unknown-name */
export async function chooseServer({ machine, settings, output }: Context): Promise<ChosenServer> {
  const book = await readServerBook(machine)
  const variable = (name: string) => machine.environment[name] || undefined
  const word = settings.server ?? variable('HOLDFAST_SERVER') ?? book.default
  if (word === undefined) throw failure('server.unnamed')
  const token = variable('HOLDFAST_TOKEN')
  const saved = findServer(book.servers, word)
  if (saved !== undefined) {
    const exposure = token === undefined ? await findBookExposure(book) : undefined
    if (exposure !== undefined) output.warning(exposure)
    return { ...saved, token: token ?? saved.token }
  }
  if (!word.includes('://')) {
    const known = book.servers.map(({ name }) => name).join(', ') || 'none'
    throw failure('server.unknown-name', { name: word, path: book.path, known })
  }
  if (token === undefined) throw failure('auth.required')
  const fingerprint = variable('HOLDFAST_FINGERPRINT')
  return {
    name: undefined,
    address: parseServerAddress(word),
    token,
    ...(fingerprint === undefined ? {} : { fingerprint: parseFingerprint(fingerprint) }),
  }
}

function findServer(servers: readonly SavedServer[], word: string): SavedServer | undefined {
  if (!word.includes('://')) return servers.find(({ name }) => name === word)
  const address = parseServerAddress(word)
  return servers.find((server) => server.address === address)
}

export function trustOf({ fingerprint }: Pick<SavedServer, 'fingerprint'>): ServerTrust {
  return fingerprint === undefined
    ? { kind: 'system' }
    : { kind: 'fingerprint', sha256: fingerprint }
}

export type Connection = AsyncDisposable & { readonly api: ApiClient }

/** @param headers of every call, asked each time */
export async function connect(
  machine: Machine,
  server: Pick<SavedServer, 'address' | 'fingerprint'>,
  headers: () => Readonly<Record<string, string>>,
  onAnswer: (answer: Response) => void = () => undefined,
): Promise<Connection> {
  const link = await machine.openServerLink(trustOf(server))
  const api = openClient({
    address: server.address,
    fetch: fetchOver(link, onAnswer),
    newKey: () => randomUUID(),
    headers,
  })
  return { api, [Symbol.asyncDispose]: () => link.close() }
}

function fetchOver(link: ServerLink, onAnswer: (answer: Response) => void): Fetch {
  return async (address, init) => {
    try {
      const answer = await link.fetch(address, init)
      onAnswer(answer)
      return answer
    } catch (problem) {
      if (!isFailure(problem, 'link.untrusted')) throw problem
      throw failure('server.untrusted', problem.context, problem)
    }
  }
}

/** The same client, every call of which ends with this signal. */
export function boundTo(api: ApiClient, signal: AbortSignal): ApiClient {
  return {
    call: (spec, input, own) => api.call(spec, input, { signal, ...own }),
    list: (spec, input, own) => api.list(spec, input, { signal, ...own }),
    stream: (spec, input, own) => api.stream(spec, input, { signal, ...own }),
    events: (spec, input, own) => api.events(spec, input, { signal, ...own }),
  }
}
