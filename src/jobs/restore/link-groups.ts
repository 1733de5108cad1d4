/**
 * Files of several names. The first name of a group that the selection has is restored with its content; the others are
 * linked to it by identity, never by what stands under a path (A14).
 */
import type { ByteString } from '#base'
import type { TargetIdentity } from '#ports'
import type { RestoreDirectory } from './directory-stack.ts'

export type LinkGroup = {
  readonly key: string
  /** Of the first name, at the target. */
  path: ByteString
  /** Set when the first name is in place, made or verified by this job. */
  identity: TargetIdentity | undefined
  /** made: by this job · there: it stood there and was left · failed */
  state: 'waiting' | 'made' | 'there' | 'failed'
  /** Names that have not been seen yet. */
  namesLeft: number
}

/** A further name, with a record of its own in its window. */
export type LinkName = {
  readonly group: LinkGroup
  readonly directory: RestoreDirectory
  readonly record: number
  /** It stands there already, and must be linked anew if its group is. */
  isThere: boolean
}

export class LinkGroups {
  readonly #groups = new Map<string, LinkGroup>()

  find(key: string): LinkGroup | undefined {
    const group = this.#groups.get(key)
    // All names have come: whoever links them holds the group, and the table need not.
    if (group !== undefined && --group.namesLeft <= 0) this.#groups.delete(key)
    return group
  }

  begin(group: LinkGroup): void {
    if (group.namesLeft > 0) this.#groups.set(group.key, group)
  }
}
