// bin/holdfast.js with a pretended old Node, in a copy laid out as npm lays out a published package
// (bundle beside bin, platform package hoisted) or as a clone (sources).

import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { root } from './house/source-files.ts'

const program = `export async function main(argv) {
  if (argv[0] === 'wait') {
    console.log('waiting')
    await new Promise((resolve) => setTimeout(resolve, 60_000))
  }
  console.log(JSON.stringify({ argv, version: process.versions.node }))
  return 3
}
`

const oldNode = pretend(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.19.0" } })',
)
const oldNodeWithoutExec = [...oldNode, ...pretend('process.execve = undefined')]

test('an old Node hands over to the hoisted platform package: arguments, exit code', (t) => {
  const launcher = publish(t)
  for (const pretended of [oldNode, oldNodeWithoutExec]) {
    const { status, stdout } = run(launcher, pretended, ['ls', 'a b', '--json'])
    equal(status, 3)
    deepEqual(JSON.parse(stdout), {
      argv: ['ls', 'a b', '--json'],
      version: process.versions.node,
    })
  }
})

test('a signal for the launcher ends the program that it started, and both say so', async (t) => {
  const launcher = publish(t)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = spawn(process.execPath, [...oldNodeWithoutExec, launcher, 'wait'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill(signal)
    const closed = once(child.stdout, 'close')
    deepEqual(await once(child, 'exit'), [null, signal])
    // The pipe closes only when the started program is gone as well.
    await closed
  }
})

test('without the platform package an old Node gets a sentence and exit code 1', (t) => {
  const launcher = publish(t)
  rmSync(join(dirname(launcher), '../..', platformPackage()))
  const { status, stderr } = run(launcher, oldNode, [])
  equal(status, 1)
  match(stderr, /needs Node 26 or newer; this is v\d.*node-linux-\w+ is not installed/)
  match(stderr, /npm ci/)
})

test('a 32-bit Node is refused', (t) => {
  const arch = pretend('Object.defineProperty(process, "arch", { value: "ia32" })')
  const { status, stderr } = run(publish(t), arch, [])
  equal(status, 1)
  match(stderr, /needs a 64-bit system; this Node is a 32-bit program \(ia32\)/)
})

test('a clone runs its sources even if a bundle lies about', (t) => {
  const launcher = publish(t)
  const home = join(dirname(launcher), '..')
  // Node strips no types under node_modules, so the clone stands beside it.
  const clone = join(home, '../../clone')
  cpSync(home, clone, { recursive: true })
  mkdirSync(join(clone, 'src'))
  writeFileSync(join(clone, 'bin/main.ts'), 'export const main = async (): Promise<number> => 7\n')
  equal(run(join(clone, 'bin/holdfast.js'), [], []).status, 7)
})

test('compiled code is kept in the cache of the user', (t) => {
  const cache = join(dirname(publish(t)), 'cache')
  equal(run(publish(t), [], [], { XDG_CACHE_HOME: cache }).status, 3)
  notEqual(readdirSync(join(cache, 'holdfast')).length, 0)
})

test('a cache that others can write is not used, one that cannot be made is no error', (t) => {
  const launcher = publish(t)
  const cache = join(dirname(launcher), 'cache')
  mkdirSync(join(cache, 'holdfast'), { recursive: true })
  chmodSync(cache, 0o777)
  equal(run(launcher, [], [], { XDG_CACHE_HOME: cache }).status, 3)
  deepEqual(readdirSync(join(cache, 'holdfast')), [])
  equal(run(launcher, [], [], { XDG_CACHE_HOME: '/dev/null' }).status, 3)
})

/** Returns the launcher's path in a fresh `node_modules/holdfast`. */
function publish(t: TestContext): string {
  const place = mkdtempSync(join(tmpdir(), 'holdfast-launcher-'))
  t.after(() => rmSync(place, { recursive: true }))
  const home = join(place, 'node_modules/holdfast')
  mkdirSync(join(home, 'bin'), { recursive: true })
  mkdirSync(join(home, 'dist'))
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(home, 'dist/holdfast.js'), program)
  cpSync(join(root, 'bin/holdfast.js'), join(home, 'bin/holdfast.js'))
  const installed = join(root, 'node_modules', platformPackage())
  equal(existsSync(installed), true, 'npm ci brought the platform package of Node')
  symlinkSync(installed, join(place, 'node_modules', platformPackage()))
  return join(home, 'bin/holdfast.js')
}

function platformPackage(): string {
  return `node-linux-${process.arch}`
}

function run(
  launcher: string,
  pretended: readonly string[],
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  // The cache of the tests themselves is not the user's.
  const { NODE_COMPILE_CACHE: _, ...own } = process.env
  return spawnSync(process.execPath, [...pretended, launcher, ...argv], {
    encoding: 'utf8',
    env: { ...own, ...env },
  })
}

function pretend(code: string): readonly string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
}
