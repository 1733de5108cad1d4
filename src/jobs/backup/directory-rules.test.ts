import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteString, byteStringFromText, failure } from '#base'
import { encodeListing, type ListedKind } from '#engine'
import { type Reporter, type SmallFiles, silentReporter } from '#ports'
import { DirectoryRules } from './directory-rules.ts'
import type { WalkPage } from './walker.ts'

const { signal } = new AbortController()
const text = byteStringFromText
const signature = 'Signature: 8a477f597d28d172789f06886806bc55'

class Files implements SmallFiles {
  readonly asked: string[] = []
  readonly #files: Readonly<Record<string, string>>

  constructor(files: Readonly<Record<string, string>>) {
    this.#files = files
  }

  async readHead(path: ByteString, bytesMax: number): Promise<Uint8Array | undefined> {
    this.asked.push(path)
    const content = this.#files[path]
    if (content === 'denied') throw failure('source.unreadable', { path, problem: 'EACCES' })
    return content === undefined
      ? undefined
      : new TextEncoder().encode(content).subarray(0, bytesMax)
  }
}

function page(path: string, names: readonly string[], isLast = true): WalkPage {
  const entries = names.map((name) => {
    const kind: ListedKind = name.endsWith('/') ? 'directory' : 'file'
    const numbers = { error: 0, mode: 0, uid: 0, gid: 0, nlink: 1, mtimeNsec: 0, ctimeNsec: 0 }
    const large = { size: 0n, mtimeSec: 0n, ctimeSec: 0n, ino: 0n, dev: 0n, rdev: 0n, blocks: 0n }
    return { name: text(name.replace('/', '')), kind, ...numbers, ...large }
  })
  const records = encodeListing(entries)
  const directory = { path: text(path), key: text(''), expected: undefined }
  return { directory, records, view: new DataView(records.buffer), isFirst: true, isLast }
}

function rulesFor(files: Files, marks = { ignoreFiles: true, cacheTags: true }) {
  const notices: string[] = []
  const reporter: Reporter = { ...silentReporter, notice: (notice) => notices.push(notice) }
  return { rules: new DirectoryRules({ smallFiles: files, ...marks }, reporter), notices }
}

test('B3 an ignore file speaks of its directory and below, the deepest decides, and it is counted', async () => {
  const files = new Files({
    '/s/.holdfastignore': '*.o\n',
    '/s/a/.holdfastignore': '!keep.o\n/x\n',
  })
  const { rules, notices } = rulesFor(files)
  const isOut = (path: string) => rules.excludes(text(path), false)
  await rules.enter(page('/s', ['.holdfastignore', 'a/', 'b/']), signal)
  deepEqual([isOut('/s/1.o'), isOut('/s/x')], [true, false])
  await rules.enter(page('/s/a', ['.holdfastignore', 'deep/']), signal)
  deepEqual([isOut('/s/a/1.o'), isOut('/s/a/keep.o'), isOut('/s/a/x')], [true, false, true])
  await rules.enter(page('/s/a/deep', []), signal)
  deepEqual([isOut('/s/a/deep/keep.o'), isOut('/s/a/deep/x')], [false, false])
  await rules.enter(page('/s/b', []), signal)
  deepEqual([isOut('/s/b/keep.o'), isOut('/s/b/x')], [true, false])
  rules.report()
  deepEqual(notices, ['4 entries were left out because of .holdfastignore files.'])
})

test('B3 beside a CACHEDIR.TAG everything but the tag is left out, elsewhere nothing', async () => {
  const files = new Files({
    '/s/c/CACHEDIR.TAG': signature,
    '/s/d/CACHEDIR.TAG': 'Signature: other',
  })
  const { rules, notices } = rulesFor(files)
  await rules.enter(page('/s/c', ['CACHEDIR.TAG', 'big']), signal)
  deepEqual(
    [rules.excludes(text('/s/c/CACHEDIR.TAG'), false), rules.excludes(text('/s/c/big'), false)],
    [false, true],
  )
  await rules.enter(page('/s/d', ['CACHEDIR.TAG', 'big']), signal)
  equal(rules.isActive, false)
  rules.report()
  deepEqual(notices, ['1 entry was left out because of CACHEDIR.TAG files.'])
})

test('a file is asked for only where the listing names it, or a later page may', async () => {
  const files = new Files({})
  const { rules } = rulesFor(files)
  await rules.enter(page('/s', ['a', 'b']), signal)
  await rules.enter(page('/s/links', ['CACHEDIR.TAG/']), signal)
  deepEqual(files.asked, [])
  await rules.enter(page('/s/huge', ['a'], false), signal)
  deepEqual(files.asked, ['/s/huge/CACHEDIR.TAG', '/s/huge/.holdfastignore'])
})

test('what cannot be obeyed leaves nothing out, and is said', async () => {
  const files = new Files({
    '/s/.holdfastignore': 'denied',
    '/t/.holdfastignore': `${'#'.repeat(70_000)}\n*`,
    '/u/.holdfastignore': 'a//b\n*.o\n',
  })
  const { rules, notices } = rulesFor(files)
  for (const path of ['/s', '/t', '/u']) await rules.enter(page(path, ['.holdfastignore']), signal)
  equal(rules.excludes(text('/t/x'), false), false)
  equal(rules.excludes(text('/u/x.o'), false), true)
  equal(notices.length, 3)
  deepEqual(notices.slice(1), [
    '/t/.holdfastignore is larger than 65536 bytes and was not obeyed.',
    '/u/.holdfastignore has no valid pattern in line 1.',
  ])
})

test('B3 neither is obeyed unless asked for', async () => {
  const files = new Files({ '/s/.holdfastignore': '*', '/s/CACHEDIR.TAG': signature })
  const { rules } = rulesFor(files, { ignoreFiles: false, cacheTags: false })
  await rules.enter(page('/s', ['.holdfastignore', 'CACHEDIR.TAG']), signal)
  const without = new DirectoryRules(undefined, silentReporter)
  await without.enter(page('/s', ['.holdfastignore', 'CACHEDIR.TAG']), signal)
  deepEqual([rules.isActive, without.isActive, files.asked], [false, false, []])
})
