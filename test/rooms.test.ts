// The compiler is the first wall of the pure rooms: what looks at the world does not compile there.

import { deepEqual } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './house/source-files.ts'

const outside = [
  "import 'node:fs'",
  'process.cwd()',
  'setTimeout(() => {}, 1)',
  "console.log('')",
  "fetch('')",
  "Buffer.from('')",
  'performance.now()',
  "crypto.subtle.digest('SHA-256', new Uint8Array())",
  'new WebAssembly.Memory({ initial: 1 })',
  'document.title',
  "new DOMException('')",
  'queueMicrotask(() => {})',
  'AbortSignal.timeout(1)',
]
const inside = ['new TextEncoder().encode()', 'new Map<string, bigint>()', 'new DisposableStack()']
const waiting = ['new AbortController().signal.throwIfAborted()', 'AbortSignal.any([])']

for (const room of ['base', 'engine']) {
  test(`${room} compiles with ECMAScript and UTF-8 alone`, () => {
    deepEqual(listRefused(room, [...inside, ...outside, ...waiting]), [...outside, ...waiting])
  })
}

for (const room of ['ports', 'vault', 'jobs']) {
  test(`${room} may wait for an AbortSignal besides`, () => {
    deepEqual(listRefused(room, [...inside, ...waiting, ...outside]), outside)
  })
}

test('contract may wait, and knows the shapes of fetch, but has no network of its own', () => {
  const shapes = [
    'const answer: Response | undefined = undefined as Response | undefined; answer?.text()',
    "new URLSearchParams('a=b').getAll('a')",
    'const stream: ReadableStream<Uint8Array> | undefined = undefined; stream',
  ]
  deepEqual(listRefused('contract', [...inside, ...waiting, ...shapes, ...outside]), outside)
})

/** Compiles one statement a line with the room's settings; returns the lines that fail. */
function listRefused(room: string, lines: readonly string[]): readonly string[] {
  const place = mkdtempSync(join(tmpdir(), 'holdfast-room-'))
  try {
    const settings = join(root, 'src', room, 'tsconfig.json')
    const { include }: { include: readonly string[] } = JSON.parse(readFileSync(settings, 'utf8'))
    const declarations = include
      .filter((path) => path.endsWith('.d.ts'))
      .map((path) => join(root, 'src', room, path))
    const project = { extends: settings, include: ['planted.ts', ...declarations] }
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(project))
    writeFileSync(join(place, 'planted.ts'), `${lines.join('\n')}\nexport {}\n`)
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', place], { encoding: 'utf8' })
    const refused = [...stdout.matchAll(/planted\.ts\((\d+),/g)].map((match) => Number(match[1]))
    return lines.filter((_, at) => refused.includes(at + 1))
  } finally {
    rmSync(place, { recursive: true })
  }
}
