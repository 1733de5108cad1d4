/**
 * Puts objects into their files. A name that is taken is compared byte by byte: the same bytes are made durable once
 * more (whoever wrote them may not have got so far), other bytes are refused. An empty file, or one that contradicts the
 * hash in its name or at its end, is what a dying disk left: it never counts as the object and is replaced.
 */
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkAborted, failure } from '#base'
import { hashedKinds, kindOf, type ObjectName } from '#engine'
import {
  copyPath,
  decodeCopy,
  encodeCopy,
  humanConfig,
  matchesName,
  primaryPath,
} from './directory-layout.ts'
import { type DurableFolder, fileBytes, readWhole } from './durable-folder.ts'
import { writeAll } from './file-draft.ts'

const comparedBytes = 4 * 1024 * 1024

/** One file to make: the object's name, and where this copy of it goes. */
type Target = { readonly name: ObjectName; readonly path: string }
type Standing = 'absent' | 'torn' | 'same'

export class ObjectFiles {
  readonly folder: DurableFolder

  constructor(folder: DurableFolder) {
    this.folder = folder
  }

  async put(name: ObjectName, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const copy = copyPath(name)
    if (copy !== undefined) await this.#putTwofold({ name, path: copy }, bytes, signal)
    await this.#putFile({ name, path: primaryPath(name) }, bytes, signal)
    if (name === humanConfig.object) {
      await this.#putFile({ name, path: humanConfig.path }, bytes, signal)
    }
  }

  /** Takes over the finished, synced file of a draft. */
  async publish(temp: string, name: ObjectName): Promise<void> {
    const target = { name, path: primaryPath(name) }
    const copy = copyPath(name)
    const content = await open(temp, 'r')
    try {
      const length = (await content.stat()).size
      if (copy !== undefined) {
        const bytes = await readWhole(temp)
        if (bytes !== undefined) await this.put(name, bytes, new AbortController().signal)
        return
      }
      await this.#settle(temp, target, {
        length,
        part: async (offset, count) => {
          const buffer = Buffer.allocUnsafeSlow(count)
          const { bytesRead } = await content.read(buffer, 0, count, offset)
          return buffer.subarray(0, bytesRead)
        },
      })
    } finally {
      await content.close()
    }
  }

  /** Writes a good primary in the place of a missing or damaged one, unless that was done meanwhile. */
  async heal(
    name: ObjectName,
    bytes: Uint8Array,
    stillDamaged: () => Promise<boolean>,
  ): Promise<void> {
    const path = primaryPath(name)
    await this.#withTemp(name, bytes, async (temp) => {
      const request = { temp, path, object: name }
      if (!(await this.folder.link(request))) await this.folder.replace(request, stillDamaged)
    })
  }

  async #putTwofold(target: Target, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    // A primary with other bytes must not get this copy, should its own be lost: it decides first.
    await this.#standing({ name: target.name, path: primaryPath(target.name) }, inMemory(bytes))
    await this.#putFile(target, encodeCopy(target.name, bytes), signal)
  }

  async #putFile(target: Target, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const content = inMemory(bytes)
    if ((await this.#standing(target, content)) === 'same') return await this.#secure(target)
    checkAborted(signal)
    await this.#withTemp(target.name, bytes, async (temp) => {
      checkAborted(signal)
      await this.#settle(temp, target, content)
    })
  }

  async #withTemp(
    object: string,
    bytes: Uint8Array,
    use: (temp: string) => Promise<void>,
  ): Promise<void> {
    const temp = await this.folder.createTemp()
    try {
      try {
        await writeAll(temp.handle, bytes, 0)
        await this.folder.sync(temp.handle, object)
      } finally {
        await temp.handle.close()
      }
      await use(temp.path)
    } finally {
      await this.folder.removeTemp(temp.path)
    }
  }

  /** Gives a synced temporary file its name, or finds that the object is there already. */
  async #settle(temp: string, target: Target, content: Content): Promise<void> {
    const request = { temp, path: target.path, object: target.name }
    if (await this.folder.link(request)) return
    const isTorn = async () => (await this.#standing(target, content)) === 'torn'
    if ((await isTorn()) && (await this.folder.replace(request, isTorn))) return
    if ((await this.#standing(target, content)) === 'same') return await this.#secure(target)
    // Taken a moment ago and now gone: somebody removes what we put.
    throw failure('storage.unavailable', { object: target.name, problem: 'it was just removed' })
  }

  /** @throws storage.exists when the file is an object with other bytes. */
  async #standing(target: Target, content: Content): Promise<Standing> {
    const path = join(this.folder.root, target.path)
    const bytes = await fileBytes(path)
    if (bytes === undefined) return 'absent'
    if (bytes === 0) return 'torn'
    if (bytes !== content.length && hashedKinds.has(kindOf(target.name))) return 'torn'
    if (bytes === content.length && (await sameBytes(path, content))) return 'same'
    if (await this.#isProvenDamage(target, content)) return 'torn'
    throw failure('storage.exists', { object: target.name })
  }

  /** Whether the file contradicts its name or its checksum, and ours does not. So a scrub heals by putting again. */
  async #isProvenDamage({ name, path }: Target, content: Content): Promise<boolean> {
    const hashed = hashedKinds.has(kindOf(name))
    const copy = path === copyPath(name)
    if (!hashed && !copy) return false
    const isWhole = (bytes: Uint8Array) =>
      copy ? decodeCopy(name, bytes) !== undefined : matchesName(name, bytes)
    const there = await readWhole(join(this.folder.root, path))
    return there !== undefined && !isWhole(there) && isWhole(await content.part(0, content.length))
  }

  async #secure(target: Target): Promise<void> {
    const handle = await open(join(this.folder.root, target.path), 'r')
    try {
      await this.folder.sync(handle, target.name)
    } finally {
      await handle.close()
    }
    await this.folder.syncFolder(dirname(target.path), target.name)
  }
}

type Content = {
  readonly length: number
  readonly part: (offset: number, count: number) => Promise<Uint8Array>
}

function inMemory(bytes: Uint8Array): Content {
  return {
    length: bytes.length,
    part: async (offset, count) => bytes.subarray(offset, offset + count),
  }
}

async function sameBytes(path: string, content: Content): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(comparedBytes, content.length))
    for (let at = 0; at < content.length; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
      const wanted = await content.part(at, bytesRead)
      if (bytesRead === 0 || buffer.compare(wanted, 0, wanted.length, 0, bytesRead) !== 0)
        return false
      at += bytesRead
    }
    return true
  } finally {
    await handle.close()
  }
}
