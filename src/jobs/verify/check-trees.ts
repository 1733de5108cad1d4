/**
 * Every node, piece list and failure list that living points name: it opens, its rows are in order, its sums are those
 * that its parent says, and every chunk it names is in a pack that exists. Each distinct node is looked at once, however
 * many points share it; levels fall on the way down, so a hostile tree ends too (reliability A17).
 */
import { displayName, toHex } from '#base'
import {
  type ChunkId,
  compareKeys,
  decodeFailureList,
  decodePieces,
  type EntryKey,
  type Point,
  type TreeSums,
  treeLevelMax,
} from '#engine'
import { type ChunkReader, LiveSet } from '#vault'
import {
  type ExaminedBranch,
  type ExaminedLeaf,
  examineNode,
  type ListedContent,
} from './examine-node.ts'
import type { Findings } from './findings.ts'
import { LinkNumbers } from './link-numbers.ts'
import type { Losses } from './losses.ts'
import type { SecondAttempt } from './second-attempt.ts'

export type TreeTools = {
  readonly reader: ChunkReader
  readonly findings: Findings
  readonly second: SecondAttempt
  readonly losses: Losses
}

/** A node that is still to be looked at, with what its parent says of it. */
type AwaitedNode = {
  readonly id: ChunkId
  readonly sums: TreeSums
  /** Undefined for a root. */
  readonly first: EntryKey | undefined
  /** It stands below a node of this level. */
  readonly below: number
}

export class TreeCheck {
  readonly #tools: TreeTools
  /** Rows of all distinct leaves so far. */
  entries = 0
  /** By the part that they play: a file can have the very bytes of a node or of a list. */
  readonly #walked: Readonly<Record<'nodes' | 'lists' | 'failures', LiveSet>>

  constructor(tools: TreeTools) {
    this.#tools = tools
    const { index } = tools.losses
    const [nodes, lists, failures] = [new LiveSet(index), new LiveSet(index), new LiveSet(index)]
    this.#walked = { nodes, lists, failures }
  }

  async checkPoint(point: Point, signal: AbortSignal): Promise<void> {
    const { base, overlay } = point.tree
    for (const root of overlay === undefined ? [base] : [base, overlay]) {
      await this.#checkTree({ ...root, first: undefined, below: treeLevelMax + 1 }, signal)
    }
    for (const id of point.failureLists) {
      if (this.#isNew(id, 'failures')) await this.#read(id, decodeFailureList, signal)
    }
  }

  async #checkTree(root: AwaitedNode, signal: AbortSignal): Promise<void> {
    const { ports, keys } = this.#tools.reader.vault
    const links = new LinkNumbers(ports.cipher, keys)
    const waiting: AwaitedNode[] = [root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (!this.#isNew(node.id, 'nodes')) continue
      const found = await this.#read(node.id, examineNode, signal)
      if (found === undefined) continue
      const contradiction = findContradiction(node, found)
      if (contradiction !== undefined) this.#complain(node.id, contradiction)
      if (found.kind === 'leaf') {
        await this.#checkLeaf(node.id, found, signal)
        for (const name of found.linked) links.add(name)
      } else if (found.level < node.below) {
        for (const { id, sums, first } of found.children.toReversed())
          waiting.push({ id, sums, first, below: found.level })
      }
    }
    if (links.differing > 0) this.#tellLinks(root.id, links.differing)
  }

  #tellLinks(root: ChunkId, count: number): void {
    const names = count === 1 ? '1 name' : `${count} names`
    this.#tools.findings.notice(
      `${names} below tree node ${toHex(root).slice(0, 16)} with the device and inode number of another file: a restore does not link them to it`,
    )
  }

  async #checkLeaf(id: ChunkId, leaf: ExaminedLeaf, signal: AbortSignal): Promise<void> {
    this.entries += leaf.rows
    for (const problem of leaf.problems) this.#complain(id, problem)
    for (const chunk of leaf.chunks) this.#need(chunk)
    for (const content of leaf.listed) {
      const bytes = await this.#sumOfLists(content, signal)
      if (bytes !== undefined && content.bytes !== undefined && bytes !== content.bytes)
        this.#complain(id, `${displayName(content.path)}: its content does not add up to its size`)
    }
  }

  /** Undefined when a list cannot be read, or was looked at before for another file. */
  async #sumOfLists({ lists }: ListedContent, signal: AbortSignal): Promise<number | undefined> {
    let bytes = 0
    let isKnown = true
    for (const id of lists) {
      const pieces = this.#isNew(id, 'lists')
        ? await this.#read(id, decodePieces, signal)
        : undefined
      if (pieces === undefined) isKnown = false
      for (const piece of pieces ?? []) {
        bytes += piece.bytes
        if (piece.kind === 'chunk') this.#need(piece.id)
      }
    }
    return isKnown ? bytes : undefined
  }

  /** @returns false when it was walked before, or is nowhere */
  #isNew(id: ChunkId, part: 'nodes' | 'lists' | 'failures'): boolean {
    const entry = this.#need(id)
    return entry !== undefined && this.#walked[part].add(entry)
  }

  /** Undefined when it is nowhere; that is noted. */
  #need(id: ChunkId): number | undefined {
    const { losses } = this.#tools
    const entry = losses.index.find(id, false)
    if (entry === undefined) losses.addUnfound(id)
    else losses.needed.add(entry)
    return entry
  }

  /** Undefined when it cannot be read; that is noted then. */
  async #read<T>(
    id: ChunkId,
    decode: (bytes: Uint8Array) => T,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const { reader, losses, second } = this.#tools
    const entry = reader.locate(id)
    const block = reader.index.blockOf(entry)
    const { pack } = reader.index.block(block)
    const bytes = await second.run(pack.name, () => reader.get(id, signal), signal)
    // Read from another pack in the end: this one is damaged all the same.
    const isElsewhere = bytes.ok && reader.index.find(id, false) !== entry
    if (!bytes.ok || isElsewhere)
      losses.addBlock(block, bytes.ok ? 'a node in it cannot be read' : bytes.problem.message)
    if (!bytes.ok) return undefined
    const decoded = await second.run(pack.name, async () => decode(bytes.value), signal)
    if (decoded.ok) return decoded.value
    this.#complain(id, decoded.problem.message)
    return undefined
  }

  #complain(id: ChunkId, detail: string): void {
    const object = `tree node ${toHex(id).slice(0, 16)}`
    this.#tools.findings.add({ object, what: 'contradicts', detail })
  }
}

function findContradiction(
  node: AwaitedNode,
  found: ExaminedLeaf | ExaminedBranch,
): string | undefined {
  if (found.level >= node.below) return 'it stands below a node of its own level'
  const { entries, bytes } = found.sums
  if (entries !== node.sums.entries || bytes !== node.sums.bytes)
    return `it sums to ${entries} entries and ${bytes} bytes, its parent says otherwise`
  if (node.first === undefined) return undefined
  const isFirst = found.first !== undefined && compareKeys(found.first, node.first) === 0
  return isFirst ? undefined : 'it does not begin where its parent says'
}
