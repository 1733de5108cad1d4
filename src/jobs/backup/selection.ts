/**
 * Which entries of the walk the point gets: what the request says, which is known beforehand, and what files in the
 * directories themselves say, which is known when it is their turn.
 */
import { everything, KIND_CODE, keyBytesMax, LISTING_AT } from '#engine'
import type { Reporter } from '#ports'
import type { BackupRequest } from './backup-request.ts'
import { DirectoryRules } from './directory-rules.ts'
import { pathOf, type WalkDirectory, type WalkPage } from './walker.ts'

export class Selection {
  readonly #request: BackupRequest
  readonly #rules: DirectoryRules

  constructor(request: BackupRequest, reporter: Reporter) {
    this.#request = request
    this.#rules = new DirectoryRules(request.marks, reporter)
  }

  /** Before the entries of a page are taken. */
  async turnTo(page: WalkPage, signal: AbortSignal): Promise<void> {
    await this.#rules.enter(page, signal)
  }

  report(): void {
    this.#rules.report()
  }

  excludes(page: WalkPage, at: number, isDirectory: boolean): boolean {
    if (this.#isLeftOut(page, at, isDirectory)) return true
    return this.#rules.isActive && this.#rules.excludes(pathOf(page, at), isDirectory)
  }

  /** Whether the walk enters a directory, whatever files in the directories above it say. */
  mayEnter(page: WalkPage, at: number, root: WalkDirectory): boolean {
    const isSound = !isUnread(page.view, at) && !isKeyTooLong(page, at)
    return isSound && this.staysInside(page.view, at, root) && !this.#isLeftOut(page, at, true)
  }

  staysInside(view: DataView, at: number, root: WalkDirectory): boolean {
    return (
      !this.#request.oneFileSystem ||
      view.getBigUint64(at + LISTING_AT.dev, true) === root.expected?.dev
    )
  }

  /** By what the backup was asked for. */
  #isLeftOut(page: WalkPage, at: number, isDirectory: boolean): boolean {
    if (isDirectory && this.#isSkipped(page.view, at)) return true
    const { filter } = this.#request
    if (filter === everything) return false
    const isFile = page.view.getUint8(at + LISTING_AT.kind) === KIND_CODE.file
    const bytes = isFile ? Number(page.view.getBigUint64(at + LISTING_AT.size, true)) : undefined
    return filter.excludes(pathOf(page, at), isDirectory, bytes)
  }

  #isSkipped(view: DataView, at: number): boolean {
    if (this.#request.skipped.length === 0) return false
    const dev = view.getBigUint64(at + LISTING_AT.dev, true)
    const ino = view.getBigUint64(at + LISTING_AT.ino, true)
    return this.#request.skipped.some((skipped) => skipped.dev === dev && skipped.ino === ino)
  }
}

/** Seen by name only: what it is could not be found out. */
export function isUnread(view: DataView, at: number): boolean {
  return view.getUint8(at + LISTING_AT.error) !== 0 || view.getUint8(at + LISTING_AT.kind) === 0
}

/** So deep that no entry can say where it is. Nothing below it fits either. */
export function isKeyTooLong({ directory, view }: WalkPage, at: number): boolean {
  const length = directory.key.length + view.getUint16(at + LISTING_AT.nameLength, true)
  return length > keyBytesMax
}
