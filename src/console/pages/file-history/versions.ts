/** What became of a file from one state to the next: the newest first, each judged by what its vault held before. */
import type { Entry, FileVersion, VaultId } from '#contract'

export type FileState = 'first' | 'changed' | 'rights' | 'same' | 'back' | 'gone' | 'unread'
/** `state` is not known while what was before it is not. */
export type ToldVersion = FileVersion & { readonly state: FileState | undefined }

/**
 * @param versions the newest first
 * @param isWhole nothing older is left to be told
 */
export function toldVersions(
  versions: readonly FileVersion[],
  isWhole: boolean,
): readonly ToldVersion[] {
  const before = new Map<VaultId, { readonly had: Entry | undefined; readonly isGone: boolean }>()
  const told = versions.toReversed().map((version): ToldVersion => {
    const { vaultId, entry, unread } = version
    const { had, isGone = false } = before.get(vaultId) ?? {}
    before.set(vaultId, { had: entry ?? had, isGone: entry === undefined && (!unread || isGone) })
    const isKnown = isWhole || entry === undefined || had !== undefined
    return { ...version, state: isKnown ? stateOf(version, had, isGone) : undefined }
  })
  return told.toReversed()
}

function stateOf(
  { entry, unread }: FileVersion,
  had: Entry | undefined,
  isGone: boolean,
): FileState {
  if (entry === undefined) return unread ? 'unread' : 'gone'
  if (had === undefined) return 'first'
  if (isGone) return 'back'
  if (differs(entry, had, ['kind', 'size', 'modifiedAt', 'linkTarget'])) return 'changed'
  return differs(entry, had, ['mode', 'uid', 'gid']) ? 'rights' : 'same'
}

function differs(a: Entry, b: Entry, fields: readonly (keyof Entry)[]): boolean {
  return fields.some((field) => a[field] !== b[field])
}
