import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { catalogue } from '#base'
import { renderErrorsPage } from '../scripts/errors-page.ts'
import { listDependencies, readPackageRights } from './house/dependencies.ts'
import { longFiles, longFunctions } from './house/exceptions.ts'
import { listSourceFiles, root, sourceFile } from './house/source-files.ts'
import {
  findBannedNames,
  findLongFiles,
  findLongFunctions,
  findLooseEnds,
  findOutsideWorld,
  listFunctions,
} from './house/tidy.ts'

const files = listSourceFiles(['src', 'bin', 'test', 'scripts', 'bench'])

test('files and functions are short, except the known ones', () => {
  ok(files.length > 10, 'the walk found the sources')
  deepEqual(findLongFiles(files, longFiles), [])
  deepEqual(findLongFunctions(files, longFunctions), [])
})

test('names are of the glossary', () => {
  // bench/ runs other products and speaks their words.
  deepEqual(findBannedNames(files.filter(({ path }) => !path.startsWith('bench/'))), [])
})

test('clock, chance and environment are asked only in the shell', () => {
  deepEqual(findOutsideWorld(files), [])
})

test('a TODO carries the number of an issue', () => {
  deepEqual(findLooseEnds(files), [])
})

test('docs/errors.md says what the catalogue says', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  equal(page, renderErrorsPage(catalogue), 'run: npm run docs')
})

test('every dependency has its line in docs/dependencies.md, and no other has', () => {
  deepEqual(Object.keys(readPackageRights()).sort(), [...listDependencies()].sort())
})

test('no file names the machine that it was written on, and none is large', () => {
  const places = /\/work\/(?:main|shared|steering|\.)|\/farm\/|\/tmp\/(?:hf|studio)\b/
  const registries = /registry\.npmjs|(?:deb|security)\.debian\.org/
  for (const path of listAllFiles(root)) {
    const bytes = readFileSync(path)
    const name = relative(root, path)
    ok(bytes.length <= 1 << 20, `${name} has ${bytes.length} bytes; large files are not kept here`)
    if (bytes.includes(0)) continue
    const text = bytes.toString('utf8')
    ok(!places.test(text), `${name} names a place of its author's machine`)
    ok(!registries.test(text), `${name} names a registry host`)
  }
})

test('planted disorder is found', () => {
  const body = Array.from({ length: 70 }, (_, i) => `  use(${i})`)
  const long = ['export function big(', '  a: string,', '): void {', ...body, '}', ''].join('\n')
  const planted = sourceFile('src/engine/big.ts', long)
  deepEqual(findLongFunctions([planted], {}), ['src/engine/big.ts big has 74 lines, more than 60'])
  deepEqual(findLongFunctions([planted], { 'src/engine/big.ts big': 74 }), [])
  deepEqual(findLongFunctions([], { 'src/engine/big.ts big': 74 }), [
    'src/engine/big.ts big is no longer an exception: remove it from exceptions.ts',
  ])
  equal(findLongFiles([sourceFile('src/a.ts', 'x\n'.repeat(401))], {}).length, 1)
  equal(findLongFiles([sourceFile('src/a.ts', 'x\n'.repeat(400))], {}).length, 0)
})

test('planted names are found, in files, declarations and parameters', () => {
  const text = "const blobStore = 1\nfunction f(myHelper: string) {}\n// a helper\nuse('blob')\n"
  deepEqual(findBannedNames([sourceFile('src/engine/pack-utils.ts', text)]), [
    'src/engine/pack-utils.ts is named "pack-utils", which is a banned word',
    'src/engine/pack-utils.ts declares "blobStore", which holds a banned word',
    'src/engine/pack-utils.ts declares "myHelper", which holds a banned word',
  ])
  deepEqual(findBannedNames([sourceFile('src/engine/a.ts', 'const commonPrefix = 1\n')]), [])
})

test('planted looks at the world are found in pure rooms, and allowed in the shell', () => {
  const looks = ['Date.now()', 'new Date()', 'Math.random()', 'process.env', 'setTimeout(f, 1)']
  for (const look of looks) {
    const text = `export const a = ${look}\n`
    equal(findOutsideWorld([sourceFile('src/vault/a.ts', text)]).length, 1, look)
    equal(findOutsideWorld([sourceFile('src/adapters/a.ts', text)]).length, 0, look)
  }
  deepEqual(findOutsideWorld([sourceFile('src/vault/a.ts', 'new Date(at) // Date.now\n')]), [])
})

test('a planted TODO is found, one with a number is allowed', () => {
  const word = 'TODO'
  equal(findLooseEnds([sourceFile('src/vault/a.ts', `// ${word}: later\n`)]).length, 1)
  equal(findLooseEnds([sourceFile('src/vault/a.ts', `// ${word} #12: later\n`)]).length, 0)
})

test('functions, methods and callbacks are measured', () => {
  const text = [
    'export async function* one() {',
    '}',
    'class Two {',
    '  async #three(a: string) {',
    '    if (a) {',
    '    }',
    '  }',
    '}',
    "test('four', async () => {",
    '})',
    'const five = (a: string) => {',
    '}',
    '',
  ].join('\n')
  deepEqual(
    listFunctions(sourceFile('src/engine/a.ts', text)).map(({ name, lines }) => [name, lines]),
    [
      ['one', 2],
      ['#three', 4],
      ['test', 2],
      ['five', 2],
    ],
  )
})

function listAllFiles(folder: string): readonly string[] {
  const skipped = ['.git', 'node_modules', 'dist', 'tmp', 'results']
  return readdirSync(folder)
    .filter((name) => !skipped.includes(name))
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? listAllFiles(path) : [path]))
}
