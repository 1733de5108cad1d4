/**
 * Shows a tree as a folder of this machine, read-only, through FUSE. Requests run on our own event loop: nothing in this
 * process may touch the folder with a synchronous call, or both would wait for ever.
 */
import { readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { default as FuseClass } from 'fuse-native'
import { failure } from '#base'
import type { ReadableTree } from '#ports'
import { fuseOperations } from './fuse-operations.ts'
import { isMounted, leaveMount } from './mount-point.ts'

export type MountRequest = {
  /** An empty folder. */
  readonly directory: string
  /** Told of everything that programs see as an input/output error only. */
  readonly onProblem: (problem: unknown) => void
}

export interface Mounted extends AsyncDisposable {
  readonly directory: string
  /** Resolves when the folder is no longer mounted, whoever ended it. */
  readonly ended: Promise<void>
  unmount(): Promise<void>
}

const watchMs = 500
/** Points never change, so the kernel may keep what it was told. */
const kernelKeepsSeconds = 3600

/** When `signal` fires, the folder is unmounted. @throws mount.unavailable, mount.occupied, target.not-found */
export async function mountTree(
  tree: ReadableTree,
  { directory, onProblem }: MountRequest,
  signal: AbortSignal,
): Promise<Mounted> {
  const place = resolve(directory)
  const Fuse = await loadFuse()
  await prepare(place)
  const stopping = new AbortController()
  const fuse = new Fuse(place, fuseOperations(tree, { onProblem, signal: stopping.signal }), {
    // The class does not know `ro`; it comes along with an option that it does know.
    fsname: 'holdfast,ro',
    timeout: false,
    kernelCache: true,
    entryTimeout: kernelKeepsSeconds,
    attrTimeout: kernelKeepsSeconds,
  })
  try {
    await called((done) => fuse.mount(done))
  } catch (problem) {
    throw failure('mount.unavailable', { problem: 'the kernel refused the mount' }, problem)
  }
  let leaving: Promise<void> | undefined
  const unmount = (): Promise<void> => {
    leaving ??= called((done) => fuse.unmount(done)).finally(() => stopping.abort())
    return leaving
  }
  const onAbort = () => {
    unmount().catch(onProblem)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const watch = async (): Promise<void> => {
    while (await isMounted(place)) await sleep(watchMs)
    signal.removeEventListener('abort', onAbort)
    // Somebody else may have unmounted it; our side of it must end as well.
    await unmount()
  }
  return { directory: place, ended: watch(), unmount, [Symbol.asyncDispose]: unmount }
}

async function loadFuse(): Promise<typeof FuseClass> {
  let Fuse: typeof FuseClass
  try {
    Fuse = (await import('fuse-native')).default
  } catch (problem) {
    throw failure('mount.unavailable', { problem: 'the package fuse-native is missing' }, problem)
  }
  // Its own way goes through a shell, to which the name of a folder may be a command.
  Fuse.unmount = (place, done) => {
    leaveMount(place).then(
      () => done(null),
      (problem: unknown) => done(problem instanceof Error ? problem : new Error(String(problem))),
    )
  }
  return Fuse
}

/** The folder is there, empty, and no mount; one that a killed process left behind is taken off. */
async function prepare(place: string): Promise<void> {
  try {
    await stat(place)
  } catch (problem) {
    if (!(await isMounted(place))) throw failure('target.not-found', { path: place }, problem)
    await leaveMount(place)
  }
  if (await isMounted(place))
    throw failure('mount.occupied', { path: place, problem: 'it is already a mount' })
  let names: readonly string[]
  try {
    names = await readdir(place)
  } catch (problem) {
    throw failure('target.not-found', { path: place }, problem)
  }
  if (names.length > 0) throw failure('mount.occupied', { path: place, problem: 'it is not empty' })
}

async function called(call: (done: (problem: Error | null) => void) => void): Promise<void> {
  await new Promise<void>((succeed, fail) => {
    call((problem) => (problem ? fail(problem) : succeed()))
  })
}
