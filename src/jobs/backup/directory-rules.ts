/**
 * What files in a directory say about the rest of it (B3): a `.holdfastignore` with its rules for there and below, a
 * CACHEDIR.TAG that everything beside it can be made again. Both only when asked for, since whoever can write into a
 * directory could hide data with them; what they left out is counted and told.
 */
import { type ByteString, displayName, type Failure, isFailure, joinPath } from '#base'
import {
  cacheTagBytes,
  cacheTagName,
  ignoreFileBytesMax,
  ignoreFileName,
  isCacheTag,
  KIND_CODE,
  LISTING_AT,
  nextListingRecord,
  parseIgnoreFile,
  RuleList,
} from '#engine'
import type { Reporter, SmallFiles } from '#ports'
import { nameAt, type WalkDirectory, type WalkPage } from './walker.ts'

export type DirectoryMarks = {
  readonly smallFiles: SmallFiles
  readonly ignoreFiles: boolean
  readonly cacheTags: boolean
}

type Level = { readonly path: ByteString; readonly rules: RuleList }

const noticesMax = 20

export class DirectoryRules {
  readonly #marks: DirectoryMarks | undefined
  readonly #reporter: Reporter
  /** Of the directories above and the present one, those with an ignore file; the deepest is the last. */
  readonly #levels: Level[] = []
  #present: WalkDirectory | undefined
  #isCache = false
  #ignoredCount = 0
  #cachedCount = 0
  #notices = 0

  constructor(marks: DirectoryMarks | undefined, reporter: Reporter) {
    this.#marks = marks
    this.#reporter = reporter
  }

  get isActive(): boolean {
    return this.#levels.length > 0 || this.#isCache
  }

  /** Before the entries of a page are taken. The walk goes depth first. */
  async enter(page: WalkPage, signal: AbortSignal): Promise<void> {
    if (this.#marks === undefined || page.directory === this.#present) return
    const { directory } = page
    this.#present = directory
    while (this.#levels.length > 0 && !isInside(directory.path, this.#levels.at(-1)?.path))
      this.#levels.pop()
    this.#isCache = this.#marks.cacheTags && (await this.#hasCacheTag(page, signal))
    if (this.#marks.ignoreFiles) await this.#readIgnoreFile(page, signal)
  }

  /** Of the files that speak of a path the deepest decides. */
  excludes(path: ByteString, isDirectory: boolean): boolean {
    if (this.#isCache && path !== joinPath(this.#present?.path ?? path, cacheTagName)) {
      this.#cachedCount++
      return true
    }
    const verdict = this.#levels
      .toReversed()
      .map(({ rules }) => rules.judge(path, isDirectory))
      .find((one) => one !== undefined)
    if (verdict === 'exclude') this.#ignoredCount++
    return verdict === 'exclude'
  }

  /** Says what was left out; a directory counts once, whatever was in it. */
  report(): void {
    for (const [count, file] of [
      [this.#ignoredCount, ignoreFileName],
      [this.#cachedCount, cacheTagName],
    ] as const) {
      const entries = count === 1 ? '1 entry was' : `${count} entries were`
      if (count > 0) this.#reporter.notice(`${entries} left out because of ${file} files.`)
    }
  }

  async #hasCacheTag(page: WalkPage, signal: AbortSignal): Promise<boolean> {
    const head = await this.#read(page, { name: cacheTagName, bytesMax: cacheTagBytes }, signal)
    return head !== undefined && isCacheTag(head)
  }

  async #readIgnoreFile(page: WalkPage, signal: AbortSignal): Promise<void> {
    const file = { name: ignoreFileName, bytesMax: ignoreFileBytesMax + 1 }
    const bytes = await this.#read(page, file, signal)
    if (bytes === undefined) return
    const { path } = page.directory
    if (bytes.length > ignoreFileBytesMax)
      return this.#doubt(path, `is larger than ${ignoreFileBytesMax} bytes and was not obeyed`)
    const { rules, badLines } = parseIgnoreFile(bytes, path)
    if (badLines.length > 0)
      this.#doubt(path, `has no valid pattern in line ${badLines.join(', ')}`)
    try {
      if (rules.length > 0) this.#levels.push({ path, rules: new RuleList(rules) })
    } catch (problem) {
      if (!isFailure(problem)) throw problem
      this.#doubt(path, `was not obeyed: ${problem.message}`)
    }
  }

  /** Asks for the file only when the listing names it, or may name it on a later page. */
  async #read(
    page: WalkPage,
    { name, bytesMax }: { readonly name: ByteString; readonly bytesMax: number },
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    if (this.#marks === undefined || (page.isLast && !isListed(page, name))) return undefined
    const path = joinPath(page.directory.path, name)
    try {
      return await this.#marks.smallFiles.readHead(path, bytesMax, signal)
    } catch (problem) {
      if (!isFailure(problem, 'source.unreadable')) throw problem
      this.#unreadable(problem)
      return undefined
    }
  }

  /** Taking too much is the safe side: a file that cannot be obeyed leaves nothing out. */
  #unreadable(problem: Failure): void {
    if (this.#notices++ < noticesMax) this.#reporter.notice(problem.message)
  }

  #doubt(directory: ByteString, doubt: string): void {
    const file = displayName(joinPath(directory, ignoreFileName))
    if (this.#notices++ < noticesMax) this.#reporter.notice(`${file} ${doubt}.`)
  }
}

function isListed({ records, view }: WalkPage, name: ByteString): boolean {
  for (let at = 0; at < records.length; at = nextListingRecord(view, at)) {
    if (view.getUint16(at + LISTING_AT.nameLength, true) !== name.length) continue
    if (nameAt(view, records, at) !== name) continue
    return view.getUint8(at + LISTING_AT.kind) === KIND_CODE.file
  }
  return false
}

function isInside(path: ByteString, directory: ByteString | undefined): boolean {
  if (directory === undefined || path === directory) return true
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}
