/** Reading of the kinds that are kept twice: the copy steps in for a primary that is missing or damaged, and heals it. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { equalBytes, failure } from '#base'
import { hashedKinds, kindOf, type ObjectName } from '#engine'
import type { CopyState } from '#ports'
import { copyPath, decodeCopy, matchesName, primaryPath } from './directory-layout.ts'
import { readWhole } from './durable-folder.ts'
import type { ObjectFiles } from './object-files.ts'
import { storageError } from './storage-error.ts'

const writerPauseMs = 50

/** One of the two was not what it must be. Nothing was lost. */
export type Healing = {
  readonly name: ObjectName
  readonly what: 'primary missing' | 'primary damaged' | 'copy missing' | 'copy damaged'
  /** Whether it was put right; if not, perhaps why. */
  readonly healed: boolean
  readonly problem: unknown
}

export type OnHealed = (healing: Healing) => void

export class TwofoldObjects {
  readonly #objects: ObjectFiles
  readonly #onHealed: OnHealed | undefined

  constructor(objects: ObjectFiles, onHealed: OnHealed | undefined) {
    this.#objects = objects
    this.#onHealed = onHealed
  }

  async find(name: ObjectName): Promise<Uint8Array | undefined> {
    const primary = await this.#readPrimary(name)
    const hashed = hashedKinds.has(kindOf(name))
    if (hashed && primary !== undefined && matchesName(name, primary)) return primary
    const copy = await this.readCopy(name)
    if (copy !== undefined) {
      if (primary !== undefined && equalBytes(primary, copy)) return primary
      await this.#heal(name, copy)
      return copy
    }
    const copied = (await this.#copyFile(name)) !== undefined
    if (primary === undefined && !copied) return undefined
    // Also without a primary: a damaged copy says that there was an object.
    if (hashed || primary === undefined) {
      throw failure('object.damaged', { object: name, problem: 'so is its copy' })
    }
    // Its content says for itself whether it is authentic.
    const what = copied ? 'copy damaged' : 'copy missing'
    this.#onHealed?.({ name, what, healed: false, problem: undefined })
    return primary
  }

  /** How both are. Where the name says nothing of the bytes, the copy with its checksum judges the primary. */
  async inspect(name: ObjectName): Promise<readonly [CopyState, CopyState]> {
    const primary = await this.#readPrimary(name)
    const file = await this.#copyFile(name)
    const copy = file === undefined ? undefined : decodeCopy(name, file)
    const isWhole = hashedKinds.has(kindOf(name))
      ? primary !== undefined && matchesName(name, primary)
      : primary !== undefined && (copy === undefined || equalBytes(primary, copy))
    return [
      primary === undefined ? 'missing' : isWhole ? 'good' : 'damaged',
      file === undefined ? 'missing' : copy === undefined ? 'damaged' : 'good',
    ]
  }

  /** The object as its copy has it; undefined without a copy, or when the copy is damaged. */
  async readCopy(name: ObjectName): Promise<Uint8Array | undefined> {
    const copy = await this.#copyFile(name)
    return copy === undefined ? undefined : decodeCopy(name, copy)
  }

  async #copyFile(name: ObjectName): Promise<Uint8Array | undefined> {
    const path = copyPath(name)
    return path === undefined ? undefined : await this.#readFile(path)
  }

  #readPrimary(name: ObjectName): Promise<Uint8Array | undefined> {
    return this.#readFile(primaryPath(name))
  }

  /** An empty file never counts as an object. */
  async #readFile(path: string): Promise<Uint8Array | undefined> {
    const bytes = await readWhole(join(this.#objects.folder.root, path))
    return bytes?.length === 0 ? undefined : bytes
  }

  async #heal(name: ObjectName, copy: Uint8Array): Promise<void> {
    // A writer may be between its copy and its primary: it gets the time to finish.
    await delay(writerPauseMs)
    const before = await this.#readPrimary(name)
    if (before !== undefined && equalBytes(before, copy)) return
    const what = before === undefined ? 'primary missing' : 'primary damaged'
    // Asked under the lock. A copy that has gone was removed on purpose: nothing comes back.
    const stillDamaged = async () => {
      const [now, kept] = [await this.#readPrimary(name), await this.readCopy(name)]
      return kept !== undefined && (now === undefined || !equalBytes(now, kept))
    }
    try {
      await this.#objects.heal(name, copy, stillDamaged)
      this.#onHealed?.({ name, what, healed: true, problem: undefined })
    } catch (problem) {
      // On storage that cannot be written the copy serves all the same; the report says so.
      this.#onHealed?.({ name, what, healed: false, problem: storageError(problem, name) })
    }
  }
}
