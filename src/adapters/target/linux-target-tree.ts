// The file tree of this machine as the target of a restore. A few files are restored on this thread, at
// once; when there is much to do, threads are started, and this one only plans and reads the vault.
import { availableParallelism } from 'node:os'
import { assert, checkAborted } from '#base'
import type {
  OpenTarget,
  RunOptions,
  TargetRequest,
  TargetTaskKind,
  TargetTasks,
  TargetTree,
} from '#ports'
import { closeDescriptor } from '../linux/descriptors.ts'
import type { WritePermissions } from '../linux/entry-metadata.ts'
import { HandThreads } from './hand-threads.ts'
import type { Hands, HandsSetup } from './hands.ts'
import { type OpenedRoot, openRoot } from './target-root.ts'

export type LinuxTargetOptions = {
  /** Default: as many as there are cores, within `threadsMax`. */
  readonly threads?: number
}

/** More threads than this wait for each other in the same directories. */
const threadsMax = 8
/** Tasks that each thread has waiting, so that none ever waits for the main thread. */
const tasksPerThread = 4

export function linuxTargetTree(options: LinuxTargetOptions = {}): TargetTree {
  const threads = Math.min(options.threads ?? availableParallelism(), threadsMax)
  return {
    async open(request, signal) {
      checkAborted(signal)
      const roots: OpenedRoot[] = []
      try {
        for (const root of request.roots) roots.push(openRoot(root, request))
        return new LinuxTarget(roots, request, threads)
      } catch (problem) {
        for (const { fd } of roots) if (fd !== undefined) closeDescriptor(fd)
        throw problem
      }
    },
  }
}

class LinuxTarget implements OpenTarget {
  readonly inFlightMax: number
  readonly notices: readonly string[]
  readonly #setup: Omit<HandsSetup, 'hand'>
  readonly #threadCount: number
  #hands: Promise<Hands> | undefined
  #threads: HandThreads | undefined

  constructor(roots: readonly OpenedRoot[], request: TargetRequest, threadCount: number) {
    this.#threadCount = threadCount
    this.inFlightMax = threadCount * tasksPerThread
    this.notices = noticesFor(roots, request)
    this.#setup = {
      roots: roots.map(({ fd }) => fd),
      permissions: permissionsFor(roots, request),
      tag: request.tag,
      dryRun: request.dryRun,
      keys: request.keys,
    }
  }

  memory(bytes: number): Uint8Array {
    return new Uint8Array(new SharedArrayBuffer(bytes))
  }

  expectMuch(): void {
    this.#threads ??= new HandThreads(this.#setup, this.#threadCount)
  }

  async run<K extends TargetTaskKind>(
    kind: K,
    ask: TargetTasks[K]['ask'],
    { signal, transfer = [] }: RunOptions,
  ): Promise<TargetTasks[K]['answer']> {
    // What cleans up runs also after an abort.
    if (kind !== 'discardFile') checkAborted(signal)
    if (this.#threads === undefined) return (await this.#ownHands()).perform(kind, ask)
    // The thread answers the kind that it was asked.
    return (await this.#threads.run(kind, ask, transfer)) as TargetTasks[K]['answer']
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads?.end()
    const hands = await this.#hands
    hands?.[Symbol.dispose]()
    for (const fd of this.#setup.roots) if (fd !== undefined) closeDescriptor(fd)
  }

  /** Loaded when needed: with threads the main one does without. */
  #ownHands(): Promise<Hands> {
    this.#hands ??= import('./hands.ts').then(
      ({ Hands }) => new Hands({ ...this.#setup, hand: '0' }),
    )
    return this.#hands
  }
}

function noticesFor(roots: readonly OpenedRoot[], request: TargetRequest): string[] {
  const permissions = permissionsFor(roots, request)
  const notices: string[] = []
  if (!permissions.owner) notices.push('Owners are not restored: that takes root.')
  else if (request.fidelity === 'full' && !permissions.devices) {
    const what = 'set-user-id bits, devices and privileged attributes are left out'
    notices.push(`The target is not root's alone: ${what}.`)
  }
  return notices
}

/**
 * Root restores what the point has, as the restore of a server needs it, but only into a target that nobody else can
 * write to: elsewhere a setuid file or a device would be handed to whoever waits there. Others get what they may have.
 */
function permissionsFor(roots: readonly OpenedRoot[], request: TargetRequest): WritePermissions {
  assert(roots.length > 0, 'a target has a root')
  const isRoot = process.geteuid?.() === 0
  const isSafe = roots.every(({ uid, isPrivate }) => uid === 0 && isPrivate)
  const full = request.fidelity === 'full' && isRoot && isSafe
  return {
    owner: isRoot,
    setIds: request.fidelity === 'full' && (!isRoot || isSafe),
    devices: full,
    privilegedXattrs: full,
    inodeFlags: request.fidelity === 'full',
  }
}
