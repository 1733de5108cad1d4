/** Names of instances and vaults for their ids, asked for once. An id whose object is gone stays an id. */
import { isFailure } from '#base'
import { type ApiClient, type InstanceId, routes, type VaultId } from '#contract'
import { printable } from '../printable.ts'

/** More of them are quicker asked for as a list. */
const singlesMax = 16

export class NameBook {
  readonly #api: ApiClient
  readonly #instances = new Map<InstanceId, string>()
  #vaults: Map<VaultId, string> | undefined
  #isWhole = false

  constructor(api: ApiClient) {
    this.#api = api
  }

  /** So that `instance` knows these. */
  async learnInstances(ids: Iterable<InstanceId | undefined>): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => id !== undefined && !this.#instances.has(id))
    if (unknown.length === 0 || this.#isWhole) return
    if (unknown.length > singlesMax) return await this.#learnAll()
    for (const id of unknown) if (id !== undefined) await this.#learnOne(id)
  }

  async learnVaults(): Promise<void> {
    if (this.#vaults !== undefined) return
    this.#vaults = new Map()
    for await (const { vaultId, name } of this.#api.list(routes.vaults.list, {}))
      this.#vaults.set(vaultId, name)
  }

  /** Inert, for people. */
  instance(id: InstanceId | undefined): string {
    return id === undefined ? '' : printable(this.#instances.get(id) ?? id)
  }

  vault(id: VaultId | undefined): string {
    return id === undefined ? '' : printable(this.#vaults?.get(id) ?? id)
  }

  async #learnOne(instanceId: InstanceId): Promise<void> {
    try {
      const { name } = await this.#api.call(routes.instances.get, { path: { instanceId } })
      this.#instances.set(instanceId, name)
    } catch (problem) {
      if (!isFailure(problem, 'instance.not-found')) throw problem
      this.#instances.set(instanceId, instanceId)
    }
  }

  async #learnAll(): Promise<void> {
    const query = { limit: 500 }
    for await (const { instanceId, name } of this.#api.list(routes.instances.list, { query }))
      this.#instances.set(instanceId, name)
    this.#isWhole = true
  }
}
