/**
 * What one backup reads: its sources, one point for each, and the directories that are left out. Essential takes every local
 * volume without the directories of the system (B1, B2); a policy takes its paths (B3), also on foreign mounts, with a
 * warning (B4). What the kernel makes up is never read.
 */
import { type ByteString, byteStringFromText, displayName, failure } from '#base'
import type { MachineFacts } from '#contract'
import { linuxSystemDirectories } from '#engine'
import { isAtOrBelow, isWithin, tidyPath } from '../policy/path-rules.ts'
import type { Mount } from '../ports.ts'
import type { BackupAssignment, BackupWork } from '../work.ts'

export type SourcePlan = Omit<BackupWork, 'assignment'> & { readonly warnings: readonly string[] }

export type Surroundings = {
  readonly mounts: readonly Mount[]
  readonly databases: MachineFacts['databases']
  /** The client's own: never backed up (B2). */
  readonly ownDirectories: readonly ByteString[]
  /** Paths of the policy with their wildcards resolved, as real paths. */
  readonly paths: readonly ByteString[]
}

/** @throws source.unusable when nothing is left to back up */
export function planSources(assignment: BackupAssignment, around: Surroundings): SourcePlan {
  const { sources } = assignment
  const isEssential = (sources?.paths.length ?? 0) === 0
  const leavesSystem = sources === undefined || sources.excludeSystemFolders === true
  const system = leavesSystem ? linuxSystemDirectories.map(byteStringFromText) : []
  const volumes = around.mounts.filter(({ foreign }) => foreign === undefined)
  const roots = isEssential
    ? volumes.map(({ path }) => path).filter((path) => !isWithin(path, system))
    : around.paths.map(tidyPath)
  if (roots.length === 0) {
    throw failure('source.unusable', { path: '/', problem: 'there is no local volume below it' })
  }
  // A separate volume is a source of its own and left out of the one that it is mounted in.
  const left = isEssential
    ? around.mounts
    : around.mounts.filter(({ foreign }) => foreign === 'kernel')
  return {
    sources: roots,
    exclude: sources?.exclude ?? [],
    excludedDirectories: distinct([
      ...system,
      ...around.ownDirectories,
      ...left.map(({ path }) => path).filter((path) => path !== '/'),
    ]),
    warnings: [...foreignWarnings(roots, around, isEssential), ...databaseWarnings(roots, around)],
  }
}

/** B4: the provider of such a mount may charge for requests. */
function foreignWarnings(
  roots: readonly ByteString[],
  { mounts }: Surroundings,
  isEssential: boolean,
): readonly string[] {
  if (isEssential) return []
  const crossed = mounts.filter(
    ({ path, foreign }) =>
      (foreign === 'network' || foreign === 'virtual') &&
      roots.some((root) => isAtOrBelow(path, root) || mountOf(root, mounts)?.path === path),
  )
  return crossed.map(
    ({ path, fileSystem }) =>
      `${displayName(path)} is a foreign mount (${fileSystem}): reading it may be slow, and its provider may charge for requests.`,
  )
}

/** B7: files of a database that are copied while it runs are no consistent backup. */
function databaseWarnings(
  roots: readonly ByteString[],
  { databases }: Surroundings,
): readonly string[] {
  return databases
    .filter(({ path, running }) => running && isWithin(path, roots))
    .map(
      ({ kind, path }) =>
        `${displayName(path)} holds a ${kind} database that is running: a copy of its files is not consistent. Use a hook that dumps it.`,
    )
}

function mountOf(path: ByteString, mounts: readonly Mount[]): Mount | undefined {
  return mounts
    .filter((mount) => isAtOrBelow(path, mount.path))
    .reduce<Mount | undefined>(
      (best, mount) => (best && best.path.length > mount.path.length ? best : mount),
      undefined,
    )
}

function distinct(paths: readonly ByteString[]): readonly ByteString[] {
  return [...new Set(paths)]
}
