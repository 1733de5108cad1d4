import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { readPackageRights } from './house/dependencies.ts'
import { findViolations } from './house/layers.ts'
import { listImports, listSourceFiles, sourceFile } from './house/source-files.ts'

const rights = { koffi: ['adapters'], 'fast-check': ['tests'] }

test('every import follows the floor plan', () => {
  const files = listSourceFiles(['src', 'bin', 'test', 'scripts', 'bench'])
  ok(files.length > 10, 'the walk found the sources')
  deepEqual(findViolations(files, readPackageRights()), [])
})

test('planted violations are found, each with a sentence', () => {
  const planted: readonly (readonly [path: string, line: string, sentence: string])[] = [
    ['src/base/a.ts', "import { b } from '#engine'", 'imports #engine; base may not import engine'],
    ['src/engine/a.ts', "import type { P } from '#vault'", 'imports #vault; engine may not import'],
    [
      'src/engine/a.ts',
      "export { b } from '#ports'",
      'imports #ports; engine may not import ports',
    ],
    ['src/vault/a.ts', "import { b } from '../engine/b.ts'", 'climbs out to src/engine/b.ts; use'],
    ['src/vault/a.ts', "import { b } from '#engine/b.ts'", 'which is not a door'],
    ['src/vault/a.ts', "import { b } from '#vault'", 'imports its own door #vault'],
    ['src/vault/x/a.ts', "import { b } from '../index.ts'", 'imports its own door; inside a room'],
    ['src/jobs/a.ts', "import fs from 'node:fs'", 'imports node:fs, but jobs is pure: no Node'],
    ['src/jobs/a.ts', "import 'koffi'", 'imports the package koffi, but jobs is pure'],
    ['src/jobs/a.ts', "const b = await import('#adapters/store')", 'jobs may not import adapters'],
    ['src/adapters/a.ts', "import { b } from '#vault'", 'adapters may not import vault'],
    ['src/adapters/a.ts', "import { b } from '../ports/store.contract.ts'", 'climbs out to'],
    ['src/engine/a.test.ts', "import { b } from '../ports/s.contract.ts'", 'may not import ports'],
    ['src/adapters/a.ts', "import { b } from 'left-pad'", 'does not let adapters do so'],
    ['src/cli/a.ts', "import koffi from 'koffi'", 'docs/dependencies.md does not let cli do so'],
    ['src/cli/a.ts', "import { b } from '#adapters/store'", 'cli may not import adapters'],
    ['src/cli/a.ts', "import { b } from '../../bin/main.ts'", 'cli may not import bin'],
    ['src/misc/a.ts', "import { b } from './b.ts'", 'a room that the plan does not have'],
    ['test/a.test.ts', "import { b } from '../src/vault/b.ts'", 'use the door #vault'],
  ]
  for (const [path, line, sentence] of planted) {
    const found = findViolations([sourceFile(path, `${line}\n`)], rights)
    equal(found.length, 1, `${path}: ${line}`)
    ok(found[0]?.startsWith(path) && found[0].includes(sentence), `${found[0]} says: ${sentence}`)
  }
})

test('an import cycle of values is found, one of types is allowed', () => {
  const cycle = (keyword: string) => [
    sourceFile('src/engine/a.ts', "import { b } from './x/b.ts'\n"),
    sourceFile('src/engine/x/b.ts', `${keyword} { c } from '../c.ts'\n`),
    sourceFile('src/engine/c.ts', "import { a } from './a.ts'\n"),
  ]
  deepEqual(findViolations(cycle('import'), rights), [
    'src/engine/a.ts → src/engine/x/b.ts → src/engine/c.ts → src/engine/a.ts is an import cycle',
  ])
  deepEqual(findViolations(cycle('import type'), rights), [])
})

test('what the plan allows is not complained about', () => {
  const allowed = [
    sourceFile('src/vault/a.ts', "import { b } from '#engine'\nimport { c } from './x/c.ts'\n"),
    sourceFile('src/vault/a.test.ts', "import fc from 'fast-check'\nimport 'node:test'\n"),
    sourceFile('src/ports/store.contract.ts', "import { test } from 'node:test'\n"),
    sourceFile('src/adapters/a.test.ts', "import { b } from '../ports/store.contract.ts'\n"),
    sourceFile('bin/a.ts', "import { b } from '#adapters/store'\nimport { c } from '#cli'\n"),
    sourceFile('src/engine/b.ts', "// import fs from 'node:fs'\nconst s = `\nimport 'koffi'\n`\n"),
  ]
  deepEqual(findViolations(allowed, rights), [])
})

test('imports over several lines, in templates, after regular expressions are read rightly', () => {
  const file = sourceFile(
    'src/engine/a.ts',
    [
      'import {',
      '  b,',
      "} from './b.ts'",
      "import type { C } from './c.ts'",
      'const pattern = /[/"]\'/',
      "const text = `${await import('./d.ts')} import('./no.ts')`",
      "const w = new Worker(new URL('./worker.ts', import.meta.url))",
    ].join('\n'),
  )
  deepEqual(
    listImports(file).map(({ specifier, kind }) => `${kind} ${specifier}`),
    ['value ./b.ts', 'type ./c.ts', 'value ./d.ts', 'type ./worker.ts'],
  )
})
