/**
 * The agent's way to its server: one client for control, one for data sessions, which may have an address of their own
 * (A3). Both go through one link, which is replaced when the identity is renewed; calls that are under way end on the old one.
 */
import { toHex } from '#base'
import { type ApiClient, type Fetch, openClient } from '#contract'
import { type AgentIdentity, credentialsOf } from './identity/identity-file.ts'
import type { AgentLink, OpenLink } from './ports.ts'

export class Connection implements AsyncDisposable {
  readonly #openLink: OpenLink
  readonly #random: (length: number) => Uint8Array
  #identity: AgentIdentity
  #link: AgentLink
  #closing: Promise<unknown> = Promise.resolve()

  constructor(identity: AgentIdentity, openLink: OpenLink, random: (length: number) => Uint8Array) {
    this.#openLink = openLink
    this.#random = random
    this.#identity = identity
    this.#link = openLink(credentialsOf(identity))
  }

  get identity(): AgentIdentity {
    return this.#identity
  }

  /** For the routes of the group `agent`. */
  get control(): ApiClient {
    return this.#clientOf(this.#identity.address)
  }

  /** For the routes of the group `sessions`. */
  get data(): ApiClient {
    return this.#clientOf(this.dataAddress)
  }

  get dataAddress(): string {
    return this.#identity.dataAddress ?? this.#identity.address
  }

  /** For who streams without a client of the contract. */
  readonly fetch: Fetch = (address, init) => this.#link.fetch(address, init)

  adopt(identity: AgentIdentity): void {
    const former = this.#link
    this.#identity = identity
    this.#link = this.#openLink(credentialsOf(identity))
    this.#closing = Promise.all([this.#closing, former.close()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#closing, this.#link.close()])
  }

  #clientOf(address: string): ApiClient {
    return openClient({ address, fetch: this.fetch, newKey: () => toHex(this.#random(16)) })
  }
}
