/** An inner node of the entry tree: its children in order, each with its first key, its id and its sums. */
import { ByteReader, type ByteString, ByteWriter, MalformedBytes } from '#base'
import { type ChunkId, chunkId, chunkIdBytes } from '../sealing/vault-keys.ts'
import { compareKeys, type EntryKey, guardTree, keyBytesMax } from './entry.ts'
import type { TreeSums } from './leaf.ts'

const branchCode = 2
export const treeLevelMax = 8
const sumBytesMax = 2 ** 51

export type TreeChild = {
  readonly first: EntryKey
  readonly id: ChunkId
  readonly sums: TreeSums
}

export type Branch = {
  /** 1 above the leaves. */
  readonly level: number
  readonly children: readonly TreeChild[]
}

export function encodeBranch(branch: Branch): Uint8Array {
  const writer = new ByteWriter(branch.children.length * 96)
  writer.u8(branchCode)
  writer.u8(branch.level)
  writer.varint(branch.children.length)
  for (const child of branch.children) {
    writer.text(child.first.dir)
    writer.text(child.first.name)
    writer.bytes(child.id)
    writer.zigzag(child.sums.entries)
    writer.zigzag(bounded(child.sums.bytes))
  }
  return writer.finish()
}

/** Sums are for people; a tree of absurdly large sparse files must not make them inexact beyond reading. */
function bounded(bytes: number): number {
  return Math.max(-sumBytesMax, Math.min(sumBytesMax, bytes))
}

/**
 * @param below the level of the branch that named this one: levels fall on the way down, so every walk ends
 * @throws tree.malformed
 */
export function decodeBranch(bytes: Uint8Array, below = treeLevelMax + 1): Branch {
  return guardTree(() => {
    const reader = new ByteReader(bytes)
    if (reader.u8() !== branchCode) throw new MalformedBytes('this is not a branch')
    const level = reader.u8()
    if (level < 1 || level > treeLevelMax) throw new MalformedBytes('a branch has an absurd level')
    if (level >= below) throw new MalformedBytes('levels do not fall on the way down')
    const count = reader.varint()
    if (count === 0) throw new MalformedBytes('a branch has no children')
    if (count * chunkIdBytes > reader.remaining) throw new MalformedBytes('the bytes end early')
    const children = Array.from({ length: count }, () => decodeChild(reader))
    for (let i = 1; i < children.length; i++) {
      const [before, after] = [children[i - 1], children[i]]
      if (
        before !== undefined &&
        after !== undefined &&
        compareKeys(before.first, after.first) >= 0
      ) {
        throw new MalformedBytes('children are out of order')
      }
    }
    return { level, children }
  })
}

/** The number of the last child that begins at or before the key; the first when none does. */
export function childFor(branch: Branch, key: EntryKey): number {
  let low = 0
  let high = branch.children.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    const child = branch.children[middle]
    if (child !== undefined && compareKeys(child.first, key) <= 0) low = middle
    else high = middle - 1
  }
  return low
}

function decodeChild(reader: ByteReader): TreeChild {
  return {
    first: {
      dir: reader.text(keyBytesMax) as ByteString,
      name: reader.text(keyBytesMax) as ByteString,
    },
    id: chunkId(reader.bytes(chunkIdBytes).slice()),
    sums: { entries: reader.zigzag(), bytes: reader.zigzag() },
  }
}
