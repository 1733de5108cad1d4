/**
 * Appends sealed blocks to the pack under construction, and publishes it when it is full: footer, trailer, name by hash,
 * durable. The footer is decoded again and compared before it is written. One writer writes one pack at a time; callers
 * may append concurrently, appends are put in line.
 */
import { assert, equalBytes } from '#base'
import {
  type BlockKind,
  type Digester,
  decodeFooter,
  encodeFooter,
  encodePackHeader,
  encodePackTrailer,
  hashedName,
  type IndexedPack,
  open,
  type PackedBlock,
  packBytesTarget,
  packHeaderBytes,
  type SealedBlock,
  seal,
} from '#engine'
import type { ObjectDraft } from '#ports'
import { toIndexedPack } from './load-index.ts'
import type { Vault } from './vault.ts'

type OpenPack = {
  readonly draft: ObjectDraft
  readonly digester: Digester
  readonly blocks: PackedBlock[]
  bytes: number
}

export class PackWriter {
  readonly #vault: Vault
  readonly #kind: BlockKind
  readonly #published: (pack: IndexedPack) => void
  #pack: OpenPack | undefined
  #line: Promise<void> = Promise.resolve()
  /** Once a write failed nothing is added: the pack under construction cannot be told to be whole. */
  #problem: { readonly error: unknown } | undefined

  /** @param published called with each pack as soon as it is durable */
  constructor(vault: Vault, kind: BlockKind, published: (pack: IndexedPack) => void) {
    this.#vault = vault
    this.#kind = kind
    this.#published = published
  }

  append(block: SealedBlock, signal: AbortSignal): Promise<void> {
    return this.#inLine(async () => {
      const pack = this.#pack ?? (await this.#begin(signal))
      pack.blocks.push({
        kind: this.#kind,
        offset: pack.bytes,
        storedBytes: block.bytes.length,
        ids: block.ids,
        lengths: block.lengths,
      })
      await this.#write(pack, block.bytes, signal)
      if (pack.bytes >= packBytesTarget) await this.#publish(pack, signal)
    })
  }

  /** Publishes the pack under construction, if it holds anything. */
  finish(signal: AbortSignal): Promise<void> {
    return this.#inLine(async () => {
      if (this.#pack !== undefined) await this.#publish(this.#pack, signal)
    })
  }

  /** Leaves nothing half-made behind. */
  async discard(): Promise<void> {
    await this.#line.catch(() => undefined)
    const pack = this.#pack
    this.#pack = undefined
    await pack?.draft.discard()
  }

  async #begin(signal: AbortSignal): Promise<OpenPack> {
    const draft = await this.#vault.ports.store.draft('pack', signal)
    const pack: OpenPack = {
      draft,
      digester: this.#vault.ports.cipher.digester(),
      blocks: [],
      bytes: 0,
    }
    this.#pack = pack
    await this.#write(pack, encodePackHeader(this.#vault.config.vaultId), signal)
    assert(pack.bytes === packHeaderBytes, 'the first block follows the header')
    return pack
  }

  async #write(pack: OpenPack, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    pack.digester.update(bytes)
    pack.bytes += bytes.length
    await pack.draft.append(bytes, signal)
  }

  async #publish(pack: OpenPack, signal: AbortSignal): Promise<void> {
    const footer = this.#sealFooter(pack.blocks)
    await this.#write(pack, footer, signal)
    await this.#write(pack, encodePackTrailer(footer.length), signal)
    const name = hashedName('pack', pack.digester.finish())
    await pack.draft.publish(name, signal)
    this.#pack = undefined
    this.#published(toIndexedPack({ name, bytes: pack.bytes }, pack.blocks))
  }

  #sealFooter(blocks: readonly PackedBlock[]): Uint8Array {
    const { cipher } = this.#vault.ports
    const plaintext = encodeFooter(blocks)
    const sealed = seal(cipher, this.#vault.keys.meta, { kind: 'footer', plaintext, level: 0 })
    const object = 'a new footer'
    const again = encodeFooter(
      decodeFooter(open(cipher, this.#vault.keys.meta, { kind: 'footer', sealed, object }), object),
    )
    assert(equalBytes(again, plaintext), 'a footer reads back as it was meant')
    return sealed
  }

  async #inLine(work: () => Promise<void>): Promise<void> {
    const turn = this.#line.then(() => {
      if (this.#problem !== undefined) throw this.#problem.error
      return work()
    })
    this.#line = turn.catch((error: unknown) => {
      this.#problem ??= { error }
    })
    await turn
  }
}
