// What a build is made from besides our code: Node and koffi's native part for its architecture. Those of this machine are
// installed; the others are fetched from the package registry and must be what the lock file says.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ClientBuild } from '#contract'

/** Absolute paths. */
export type BaseParts = {
  readonly node: string
  /** Of Node; whoever hands it on hands this on with it. */
  readonly licence: string
  readonly koffi: string
}

const architectures: Readonly<Record<ClientBuild, string>> = {
  'linux-x86-64': 'x64',
  'linux-arm64': 'arm64',
}

/** @param work a folder for what must be fetched */
export function findBaseParts(
  build: ClientBuild,
  work: string,
): BaseParts | { readonly missing: string } {
  const arch = architectures[build]
  const node = findPackage(`node-linux-${arch}`, work)
  if ('missing' in node) return node
  const koffi = findPackage(`@koromix/koffi-linux-${arch}`, work)
  if ('missing' in koffi) return koffi
  return {
    node: join(node.folder, 'bin/node'),
    licence: join(node.folder, 'LICENSE'),
    koffi: join(koffi.folder, `linux_${arch}/koffi.node`),
  }
}

type Found = { readonly folder: string } | { readonly missing: string }

function findPackage(name: string, work: string): Found {
  const installed = resolve('node_modules', name)
  if (existsSync(installed)) return { folder: installed }
  const { version, integrity } = lockedPackage(name)
  if (integrity === undefined) {
    return {
      missing: `package-lock.json has no digest of ${name}, so it cannot be fetched safely.`,
    }
  }
  const folder = join(work, name.replace('/', '-'))
  mkdirSync(folder, { recursive: true })
  const packed = spawnSync('npm', ['pack', '--silent', `${name}@${version}`], {
    cwd: folder,
    encoding: 'utf8',
  })
  const archive = join(folder, packed.stdout?.trim() ?? '')
  if (packed.status !== 0 || archive === folder) {
    return { missing: `${name}@${version} is not installed and npm pack cannot fetch it.` }
  }
  const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (digest !== integrity) {
    return { missing: `${name}@${version} as fetched is not what package-lock.json says.` }
  }
  const unpacked = spawnSync('tar', ['-xzf', archive, '-C', folder])
  if (unpacked.status !== 0) return { missing: `tar cannot unpack ${archive}.` }
  return { folder: join(folder, 'package') }
}

function lockedPackage(name: string): { readonly version: string; readonly integrity?: string } {
  const lock: {
    packages: Readonly<Record<string, { version: string; integrity?: string } | undefined>>
  } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const entry = lock.packages[`node_modules/${name}`]
  if (entry === undefined) throw new Error(`package-lock.json does not know ${name}.`)
  return entry
}
