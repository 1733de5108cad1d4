/**
 * What of a machine's volumes its local policy lets be backed up: a volume that holds some of the roots is those roots,
 * so that Essential backup takes what it may and the server expects no more (B1, A21).
 */
import type { ByteString } from '#base'
import { isAtOrBelow, isWithin } from '../policy/path-rules.ts'
import type { Mount } from '../ports.ts'

export function narrowMounts(
  mounts: readonly Mount[],
  roots: readonly ByteString[],
): readonly Mount[] {
  return mounts.flatMap((mount): readonly Mount[] => {
    if (mount.foreign !== undefined || isWithin(mount.path, roots)) return [mount]
    const inside = roots.filter((root) => volumeOf(root, mounts) === mount)
    return inside.map((path) => ({ ...mount, path }))
  })
}

/** The volume that a path stands on. */
function volumeOf(path: ByteString, mounts: readonly Mount[]): Mount | undefined {
  return mounts
    .filter((mount) => isAtOrBelow(path, mount.path))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
}
