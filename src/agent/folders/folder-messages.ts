/** What the thread that lists a folder is given, and what it says. */
import type { ByteString, ErrorCode, ErrorContext } from '#base'
import type { FolderLimits, FolderNames, FolderRules } from './list-folder.ts'

export type FolderTask = {
  readonly path: ByteString
  readonly rules: FolderRules
  readonly limits: FolderLimits
}

export type FolderReply =
  /** There may be more: links are looked at now. */
  | { readonly kind: 'so-far'; readonly names: FolderNames }
  | { readonly kind: 'done'; readonly names: FolderNames }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly context: ErrorContext }
