/**
 * A store that takes the same steps as the one in src/adapters/store, on a disk whose power can be cut between any two
 * of them. Before each step it asks the scheduler for its turn. Steps can be left out, so that a test can show that the
 * crash it tries would find a store without them.
 */
import { assert, checkAborted, equalBytes, type Failure, failure } from '#base'
import {
  assertProof,
  type DeletionProof,
  idOf,
  kindOf,
  type ObjectKind,
  type ObjectName,
  parseObjectName,
  twofoldKinds,
} from '#engine'
import type { ByteRange, ObjectDraft, ObjectEntry, ObjectStore } from '../object-store.ts'
import type { DiskStep, FaultPlan } from './fault-plan.ts'
import { cutRange, isTorn } from './memory-store.ts'
import type { PowerCutDisk } from './power-cut-disk.ts'

export type PowerCutOptions = {
  readonly yieldPoint?: () => Promise<void>
  readonly plan?: FaultPlan<DiskStep>
  /** For tests of the tests. */
  readonly without?: readonly DiskStep[]
}

type Target = { readonly name: ObjectName; readonly path: string }

export class PowerCutStore implements ObjectStore {
  readonly #disk: PowerCutDisk
  readonly #options: PowerCutOptions
  readonly #life: number
  readonly #synced = new Set<string>()
  #temps = 0
  #broken: Failure | undefined
  #killed = false

  constructor(disk: PowerCutDisk, options: PowerCutOptions) {
    this.#disk = disk
    this.#options = options
    this.#life = disk.life
  }

  /** The process of this store dies; the disk and other stores live on. */
  kill(): void {
    this.#killed = true
  }

  async find(
    name: ObjectName,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    checkAborted(signal)
    await this.#step('read', name)
    const primary = this.#read(primaryPath(name))
    if (!twofoldKinds.has(kindOf(name)) || primary !== undefined) {
      return primary === undefined ? undefined : cutRange(name, primary, range)
    }
    await this.#step('read', name)
    const copy = this.#read(copyPath(name))
    return copy === undefined ? undefined : cutRange(name, copy, range)
  }

  async stat(name: ObjectName, signal: AbortSignal): Promise<number | undefined> {
    return (await this.find(name, undefined, signal))?.length
  }

  async *list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<ObjectEntry> {
    checkAborted(signal)
    await this.#step('readFolder', undefined)
    const folders =
      kind === 'pack' ? this.#disk.names('pack').map((shard) => `pack/${shard}`) : [kind]
    for (const folder of folders) {
      await this.#step('readFolder', undefined)
      const copies = twofoldKinds.has(kind) ? this.#disk.names(`copies/${kind}`) : []
      for (const file of [...new Set([...this.#disk.names(folder), ...copies])].sort()) {
        checkAborted(signal)
        const name = parseObjectName(`${kind}/${file}`)
        if (name === undefined) continue
        const bytes = this.#read(primaryPath(name)) ?? this.#read(copyPath(name))
        if (bytes !== undefined) yield { name, bytes: bytes.length }
      }
    }
  }

  /** What is empty is no object. */
  #read(path: string): Uint8Array | undefined {
    const bytes = this.#disk.read(path)
    return bytes?.length === 0 ? undefined : bytes
  }

  async put(name: ObjectName, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assert(bytes.length > 0, 'an object has at least one byte')
    // What the caller does with its bytes from now on is not ours to see.
    const own = bytes.slice()
    const primary = { name, path: primaryPath(name) }
    if (twofoldKinds.has(kindOf(name))) {
      this.#standing(primary, own)
      await this.#putFile({ name, path: copyPath(name) }, own, signal)
    }
    await this.#putFile(primary, own, signal)
  }

  async secure(names: readonly ObjectName[], signal: AbortSignal): Promise<void> {
    const paths = names.flatMap((name) =>
      twofoldKinds.has(kindOf(name)) ? [primaryPath(name), copyPath(name)] : [primaryPath(name)],
    )
    for (const folder of new Set(paths.map(folderOf))) {
      checkAborted(signal)
      this.#checkWhole()
      const [name] = names
      assert(name !== undefined, 'a folder is that of an object')
      await this.#ensureFolder(folder, name)
      await this.#syncFolder(folder, name)
    }
  }

  async draft(kind: ObjectKind, signal: AbortSignal): Promise<ObjectDraft> {
    checkAborted(signal)
    const temp = await this.#create(undefined)
    let state: 'open' | 'closed' = 'open'
    return {
      append: async (bytes, during) => {
        checkAborted(during)
        assert(state === 'open', 'a draft grows only until it is published or discarded')
        const own = bytes.slice()
        await this.#step('write', undefined)
        this.#disk.append(temp, own)
      },
      publish: async (name, during) => {
        checkAborted(during)
        assert(state === 'open' && kindOf(name) === kind, 'a draft is published once, as its kind')
        state = 'closed'
        try {
          await this.#sync(temp, name)
          const bytes = this.#disk.read(temp) ?? new Uint8Array()
          if (twofoldKinds.has(kind)) await this.put(name, bytes, during)
          else await this.#settle(temp, { name, path: primaryPath(name) }, bytes)
        } finally {
          await this.#removeTemp(temp)
        }
      },
      discard: async () => {
        if (state === 'open') await this.#removeTemp(temp)
        state = 'closed'
      },
    }
  }

  async removePack(name: ObjectName, proof: DeletionProof, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assertProof(proof, name)
    await this.#remove(name, primaryPath(name))
  }

  async removeRecord(name: ObjectName, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assert(kindOf(name) !== 'pack', 'a pack is removed by removePack only')
    if (twofoldKinds.has(kindOf(name))) await this.#remove(name, copyPath(name))
    await this.#remove(name, primaryPath(name))
  }

  async #putFile(target: Target, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    this.#checkWhole()
    if (this.#standing(target, bytes) === 'same') return await this.#secure(target)
    checkAborted(signal)
    const temp = await this.#create(target.name)
    try {
      await this.#step('write', target.name)
      this.#disk.append(temp, bytes)
      await this.#sync(temp, target.name)
      checkAborted(signal)
      await this.#settle(temp, target, bytes)
    } finally {
      await this.#removeTemp(temp)
    }
  }

  async #settle(temp: string, target: Target, bytes: Uint8Array): Promise<void> {
    const folder = folderOf(target.path)
    await this.#ensureFolder(folder, target.name)
    this.#checkWhole()
    await this.#step('link', target.name)
    if (this.#disk.link(temp, target.path)) return await this.#syncFolder(folder, target.name)
    if (this.#standing(target, bytes) === 'same') return await this.#secure(target)
    await this.#step('rename', target.name)
    // Decided again in the step itself, as the real store does under its lock.
    if (this.#standing(target, bytes) !== 'torn') return await this.#settle(temp, target, bytes)
    this.#disk.rename(temp, target.path)
    await this.#syncFolder(folder, target.name)
  }

  #standing(target: Target, bytes: Uint8Array): 'absent' | 'torn' | 'same' {
    const there = this.#disk.read(target.path)
    if (there === undefined) return 'absent'
    if (isTorn(target.name, there, bytes.length)) return 'torn'
    if (equalBytes(there, bytes)) return 'same'
    throw failure('storage.exists', { object: target.name })
  }

  /** The object is there already, but perhaps not durably. */
  async #secure(target: Target): Promise<void> {
    await this.#sync(target.path, target.name)
    await this.#ensureFolder(folderOf(target.path), target.name)
    await this.#syncFolder(folderOf(target.path), target.name)
  }

  async #create(name: ObjectName | undefined): Promise<string> {
    this.#checkWhole()
    if (!this.#disk.hasFolder('tmp')) {
      await this.#step('makeFolder', name)
      this.#disk.makeFolder('tmp')
    }
    await this.#step('create', name)
    // What was left unfinished before the power went is nobody's any more.
    for (const file of this.#disk.names('tmp')) {
      if (Number.parseInt(file, 10) < this.#life) this.#disk.unlink(`tmp/${file}`)
    }
    let temp: string
    do temp = `tmp/${this.#life}-${this.#temps++}`
    while (this.#disk.read(temp) !== undefined)
    this.#disk.create(temp)
    return temp
  }

  async #sync(path: string, name: ObjectName): Promise<void> {
    await this.#syncStep('sync', name, {
      done: () => this.#disk.sync(path),
      failed: () => this.#disk.failSync(path),
    })
  }

  async #syncFolder(path: string, name: ObjectName): Promise<void> {
    await this.#syncStep('syncFolder', name, {
      done: () => this.#disk.syncFolder(path),
      failed: () => undefined,
    })
  }

  async #syncStep(
    step: 'sync' | 'syncFolder',
    name: ObjectName,
    effect: { readonly done: () => void; readonly failed: () => void },
  ): Promise<void> {
    try {
      await this.#step(step, name)
    } catch (problem) {
      if (this.#isOn()) {
        effect.failed()
        this.#broken ??= failure('storage.unavailable', { object: name, problem: step }, problem)
      }
      throw problem
    }
    if (!this.#leavesOut(step)) effect.done()
  }

  async #ensureFolder(path: string, name: ObjectName): Promise<void> {
    if (path === '' || this.#synced.has(path)) return
    await this.#ensureFolder(folderOf(path), name)
    await this.#step('makeFolder', name)
    this.#disk.makeFolder(path)
    await this.#syncFolder(folderOf(path), name)
    this.#synced.add(path)
  }

  async #remove(name: ObjectName, path: string): Promise<void> {
    this.#checkWhole()
    await this.#step('unlink', name)
    if (!this.#disk.hasFolder(folderOf(path))) return
    this.#disk.unlink(path)
    await this.#syncFolder(folderOf(path), name)
  }

  /** A dead process removes nothing; that is no failure of what it did before. */
  async #removeTemp(temp: string): Promise<void> {
    await this.#options.yieldPoint?.()
    if (this.#isOn()) this.#disk.unlink(temp)
  }

  async #step(step: DiskStep, name: ObjectName | undefined): Promise<void> {
    await this.#options.yieldPoint?.()
    const object = name ?? 'a new object'
    if (!this.#isOn()) throw failure('storage.unavailable', { object, problem: 'power cut' })
    const effect = this.#options.plan?.next(step, name === undefined ? undefined : kindOf(name))
    if (effect?.kind === 'fail') throw failure(effect.code, { object, problem: 'planned' })
    assert(effect === undefined, 'a step on the disk can only fail')
  }

  #isOn(): boolean {
    return !this.#killed && this.#disk.life === this.#life
  }

  #leavesOut(step: DiskStep): boolean {
    return this.#options.without?.includes(step) ?? false
  }

  #checkWhole(): void {
    if (this.#broken === undefined) return
    throw failure('storage.broken', { problem: this.#broken.message }, this.#broken)
  }
}

export function powerCutStore(disk: PowerCutDisk, options: PowerCutOptions = {}): PowerCutStore {
  return new PowerCutStore(disk, options)
}

function primaryPath(name: ObjectName): string {
  return kindOf(name) === 'pack' ? `pack/${idOf(name).slice(0, 2)}/${idOf(name)}` : name
}

function copyPath(name: ObjectName): string {
  return `copies/${name}`
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}
