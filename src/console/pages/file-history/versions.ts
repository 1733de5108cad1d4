/** What became of a file from one state to the next: vault by vault as they are told, the newest first as they are shown. */
import type { Entry, FileVersion, VaultId } from '#contract'

export type FileState = 'first' | 'changed' | 'rights' | 'same' | 'back' | 'gone' | 'unread'
export type ToldVersion = FileVersion & { readonly state: FileState }

/** @param versions of each vault the oldest first */
export function toldVersions(versions: readonly FileVersion[]): readonly ToldVersion[] {
  const before = new Map<VaultId, { readonly had: Entry | undefined; readonly isGone: boolean }>()
  const told = versions.map((version): ToldVersion => {
    const { vaultId, entry, unread } = version
    const { had, isGone = false } = before.get(vaultId) ?? {}
    before.set(vaultId, { had: entry ?? had, isGone: entry === undefined && (!unread || isGone) })
    return { ...version, state: stateOf(version, had, isGone) }
  })
  return told.toSorted((a, b) => b.lastAt - a.lastAt)
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
