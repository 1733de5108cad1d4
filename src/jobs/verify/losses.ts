/** What cannot be read any more: blocks, and chunks that no pack holds. Gathered by all checks, told per pack at the end. */
import { byteString } from '#base'
import { idPrefixBytes } from '#engine'
import { type ChunkIndex, LiveSet, type PackFacts } from '#vault'

export class Losses {
  readonly index: ChunkIndex
  /** Block number → what is wrong with it. */
  readonly blocks = new Map<number, string>()
  /** Packs that are damaged outside of their blocks, by name. */
  readonly packs = new Map<string, string>()
  /** Prefixes of ids that no pack was ever known to hold. */
  readonly unknown = new Set<string>()
  /** Entries of the index that living points need. */
  readonly needed: LiveSet

  constructor(index: ChunkIndex) {
    this.index = index
    this.needed = new LiveSet(index)
  }

  addBlock(block: number, problem: string): void {
    if (!this.blocks.has(block)) this.blocks.set(block, problem)
  }

  addPack(name: string, problem: string): void {
    if (!this.packs.has(name)) this.packs.set(name, problem)
  }

  /** Takes a chunk that a living point names and the index does not find. */
  addUnfound(id: Uint8Array): void {
    const copies = this.index.copiesOf(id)
    if (copies.length === 0) this.unknown.add(byteString(id.subarray(0, idPrefixBytes)))
    for (const entry of copies) this.addBlock(this.index.blockOf(entry), 'its pack is missing')
  }

  /** Whether no readable copy of an entry's chunk is left. */
  isLost(entry: number): boolean {
    const copies = this.index.copiesOf(this.index.prefixOf(entry))
    return copies.every((copy) => {
      const block = this.index.blockOf(copy)
      return (
        this.blocks.has(block) || this.index.stateOf(this.index.block(block).pack) === 'missing'
      )
    })
  }

  blocksByPack(): Map<PackFacts, number[]> {
    const packs = new Map<PackFacts, number[]>()
    for (const block of [...this.blocks.keys()].sort((a, b) => a - b)) {
      const { pack } = this.index.block(block)
      const blocks = packs.get(pack)
      if (blocks === undefined) packs.set(pack, [block])
      else blocks.push(block)
    }
    return packs
  }
}
