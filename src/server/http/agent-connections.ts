/** The open connections of agents, so that those of a revoked one end at once: revoked means refused at the next byte. */
import type { Socket } from 'node:net'
import type { ClientId } from '#contract'

export class AgentConnections {
  readonly #open = new Map<ClientId, Set<Socket>>()
  #endings = 0

  /** Counts disconnections: who looked a client up before the last one must look again. */
  get endings(): number {
    return this.#endings
  }

  add(clientId: ClientId, socket: Socket): void {
    const own = this.#open.get(clientId) ?? new Set()
    if (own.has(socket)) return
    this.#open.set(clientId, own.add(socket))
    socket.once('close', () => {
      own.delete(socket)
      if (own.size === 0 && this.#open.get(clientId) === own) this.#open.delete(clientId)
    })
  }

  /** @returns how many connections were cut */
  disconnect(clientId: ClientId): number {
    this.#endings += 1
    const own = this.#open.get(clientId) ?? new Set()
    this.#open.delete(clientId)
    for (const socket of own) socket.destroy()
    return own.size
  }

  get count(): number {
    let count = 0
    for (const own of this.#open.values()) count += own.size
    return count
  }
}
