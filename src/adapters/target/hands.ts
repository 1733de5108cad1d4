// The hands of a restore, on whatever thread: they do the tasks of a target one after the other, with
// synchronous calls. Each thread has its own, with its own open directories; what they share is the
// windows' memory and the descriptors of files of many pieces.
import { assert, type ByteString } from '#base'
import type { Cipher, VaultKeys } from '#engine'
import type { TargetTaskKind, TargetTasks } from '#ports'
import type { WritePermissions } from '../linux/entry-metadata.ts'
import { TreeWriter } from '../linux/tree-writer.ts'
import { workerCiphers } from '../pool/worker-cipher.ts'
import { finishDirectories, listRoot, makeDirectories } from './directories.ts'
import { examine } from './examine.ts'
import { compareFile, completeFile, discardFile, linkFiles, openFiles } from './opened-files.ts'
import { placeBlocks } from './place-blocks.ts'
import { placeEntries, refreshEntries } from './place-entries.ts'

/** What hands are made with; it travels to a thread as it is. */
export type HandsSetup = {
  /** Descriptors of the roots, open in this process as long as any hands work; undefined: a dry run found none there. */
  readonly roots: readonly (number | undefined)[]
  readonly permissions: WritePermissions
  /** Begins the name of every temporary file of this restore, whoever makes it. */
  readonly tag: string
  /** Tells these hands' temporary files from those of others. */
  readonly hand: string
  readonly dryRun: boolean
  readonly keys: VaultKeys
}

/** What the tasks work with. */
export type HandTools = {
  readonly setup: HandsSetup
  readonly cipher: Cipher
  /** Nothing stands there: the root is missing, and this is a dry run. */
  isMissing(root: number): boolean
  writer(root: number): TreeWriter
}

type Handlers = {
  readonly [K in TargetTaskKind]: (ask: TargetTasks[K]['ask']) => TargetTasks[K]['answer']
}

export class Hands {
  readonly #writers: (TreeWriter | undefined)[] = []
  readonly #handlers: Handlers

  constructor(setup: HandsSetup) {
    const tools: HandTools = {
      setup,
      cipher: workerCiphers().files,
      isMissing: (root) => setup.roots[root] === undefined,
      writer: (root) => this.#writer(setup, root),
    }
    this.#handlers = {
      makeDirectories: (ask) => makeDirectories(tools, ask),
      finishDirectories: (ask) => finishDirectories(tools, ask),
      examine: (ask) => examine(tools, ask),
      placeEntries: (ask) => placeEntries(tools, ask),
      placeBlocks: (ask) => placeBlocks(tools, ask),
      refreshEntries: (ask) => refreshEntries(tools, ask),
      openFiles: (ask) => openFiles(tools, ask),
      compareFile: (ask) => compareFile(tools, ask),
      completeFile: (ask) => completeFile(tools, ask),
      discardFile: (ask) => discardFile(tools, ask),
      linkFiles: (ask) => linkFiles(tools, ask),
      listRoot: (ask) => listRoot(tools, ask),
      sync: () => {
        for (const root of setup.roots.keys()) tools.writer(root).sync()
        return undefined
      },
    }
  }

  perform<K extends TargetTaskKind>(kind: K, ask: TargetTasks[K]['ask']): TargetTasks[K]['answer'] {
    return this.#handlers[kind](ask)
  }

  [Symbol.dispose](): void {
    for (const writer of this.#writers) writer?.[Symbol.dispose]()
    this.#writers.length = 0
  }

  #writer(setup: HandsSetup, root: number): TreeWriter {
    const known = this.#writers[root]
    if (known !== undefined) return known
    const fd = setup.roots[root]
    assert(fd !== undefined, 'a task names a root of its target that is there')
    // Through the descriptor, so that all hands work below the same directory, whatever its path has become.
    const path = `/proc/self/fd/${fd}/.` as ByteString
    const { permissions, tag, hand } = setup
    const writer = new TreeWriter(path, { permissions, job: `${tag}${hand}` })
    this.#writers[root] = writer
    return writer
  }
}
