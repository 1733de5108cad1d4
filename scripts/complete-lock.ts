// Completes package-lock.json after `npm install` (run: `npm run lock`).
//
// npm leaves an optional package out of the lock when the registry in use does not offer it, and
// then `npm ci` refuses the very lock that npm wrote (npm/cli issue 9846). For every such package
// this adds an entry that says for which platform it is meant; npm skips it on all others.

import { readFileSync, writeFileSync } from 'node:fs'

export type LockEntry = {
  readonly version?: string
  readonly optional?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Keys are places such as `node_modules/a/node_modules/b`; the root package has the empty key. */
export type LockPackages = Readonly<Record<string, LockEntry>>

type Missing = { readonly place: string; readonly entry: LockEntry }

const operatingSystems =
  'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ')
const processors = 'arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x wasm32 x64'.split(' ')

export function listMissing(packages: LockPackages): readonly Missing[] {
  return Object.entries(packages).flatMap(([dependent, entry]) => {
    const wanted = entry.optionalDependencies ?? {}
    const siblings = homeOfSiblings(packages, dependent, Object.keys(wanted))
    return Object.entries(wanted)
      .filter(([name, version]) => !isLocked(packages, { dependent, name, version }))
      .map(([name, version]) => ({
        place: freePlace(packages, [siblings, `${dependent}/`], name),
        entry: entryFor(name, version, entry),
      }))
  })
}

/** The same packages with the missing ones added, in npm's order. */
export function completeLock(packages: LockPackages): LockPackages {
  const added = listMissing(packages).map(({ place, entry }) => [place, entry] as const)
  const all = [...Object.entries(packages), ...added]
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function readLockPackages(file: string): LockPackages {
  const lock: { packages: LockPackages } = JSON.parse(readFileSync(file, 'utf8'))
  return lock.packages
}

type Wish = { readonly dependent: string; readonly name: string; readonly version: string }

function isLocked(packages: LockPackages, { dependent, name, version }: Wish): boolean {
  const place = find(packages, dependent, name)
  if (place === undefined) return false
  return packages[place]?.version === version || !isExact(version)
}

function isExact(version: string): boolean {
  return /^\d/.test(version)
}

/** Where Node's resolution would find `name` from `dependent`: nearest node_modules upwards. */
function find(packages: LockPackages, dependent: string, name: string): string | undefined {
  for (const home of homesUpwards(dependent)) {
    const place = `${home}node_modules/${name}`
    if (packages[place] !== undefined) return place
  }
  return undefined
}

function homesUpwards(place: string): readonly string[] {
  const steps = place === '' ? [] : place.split(/\/(?=node_modules\/)/)
  return [...steps.keys(), steps.length]
    .reverse()
    .map((count) => (count === 0 ? '' : `${steps.slice(0, count).join('/')}/`))
}

/** The missing ones belong beside those that npm did find; without any, at the top. */
function homeOfSiblings(
  packages: LockPackages,
  dependent: string,
  names: readonly string[],
): string {
  for (const name of names) {
    const place = find(packages, dependent, name)
    if (place !== undefined) return place.slice(0, -`node_modules/${name}`.length)
  }
  return ''
}

/** Another version may already stand beside the siblings; then the dependent gets its own. */
function freePlace(packages: LockPackages, homes: readonly string[], name: string): string {
  const places = homes.map((home) => `${home}node_modules/${name}`)
  const free = places.find((place) => packages[place] === undefined)
  if (free === undefined) throw new Error(`${name} is locked in another version everywhere`)
  return free
}

function entryFor(name: string, version: string, dependent: LockEntry): LockEntry {
  if (!isExact(version)) {
    throw new Error(`${name}@${version} is missing and not an exact version: pin it by hand`)
  }
  const words = name.replace(/^@[^/]+\//, '').split(/[-_]/)
  const cpu = words.find((word) => processors.includes(word))
  const os = words.find((word) => operatingSystems.includes(word))
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dependent.dev === true ? { dev: true } : {}),
    ...(dependent.devOptional === true ? { devOptional: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  }
}

if (import.meta.main) {
  const file = 'package-lock.json'
  const lock: { packages: LockPackages } = JSON.parse(readFileSync(file, 'utf8'))
  const missing = listMissing(lock.packages)
  const completed = { ...lock, packages: completeLock(lock.packages) }
  if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completed, null, 2)}\n`)
  console.log(`${file}: ${missing.length} optional platform packages added`)
}
