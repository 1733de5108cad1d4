// The floor plan: which room may import which, and how. One table, checked on every import; change the
// table (and docs/architecture.md) before the import. Every violation is a sentence.

import { posix } from 'node:path'
import { listImports, type SourceFile } from './source-files.ts'

type Rule = {
  readonly rooms: readonly string[]
  /** Pure rooms see no Node, and of packages only those that name the room; their tests see both. */
  readonly floor: 'pure' | 'shell'
}

const upper = ['base', 'engine', 'ports', 'vault', 'jobs', 'contract'] as const
const plan: Readonly<Record<string, Rule>> = {
  base: { rooms: [], floor: 'pure' },
  engine: { rooms: ['base'], floor: 'pure' },
  ports: { rooms: ['base', 'engine'], floor: 'pure' },
  vault: { rooms: ['base', 'engine', 'ports'], floor: 'pure' },
  jobs: { rooms: ['base', 'engine', 'ports', 'vault'], floor: 'pure' },
  contract: { rooms: ['base', 'engine'], floor: 'pure' },
  adapters: { rooms: ['base', 'engine', 'ports', 'contract'], floor: 'shell' },
  cli: { rooms: upper, floor: 'shell' },
  server: { rooms: upper, floor: 'shell' },
  agent: { rooms: upper, floor: 'shell' },
  /** Runs in the browser; its own compiler settings know the DOM and no Node. */
  console: { rooms: ['base', 'engine', 'contract'], floor: 'shell' },
  bin: { rooms: [...upper, 'adapters', 'agent', 'cli', 'server'], floor: 'shell' },
  test: {
    rooms: [...upper, 'adapters', 'agent', 'cli', 'server', 'console', 'bin', 'scripts', 'bench'],
    floor: 'shell',
  },
  scripts: { rooms: [...upper, 'adapters', 'cli'], floor: 'shell' },
  bench: { rooms: [...upper, 'adapters', 'scripts'], floor: 'shell' },
}

/** Folders without a door are entered by file; into the console only tests go. */
const withoutDoor = ['bin', 'scripts', 'bench', 'test', 'console']

/** Which rooms may import which package: the last column of docs/dependencies.md. */
export type PackageRights = Readonly<Record<string, readonly string[]>>

export function findViolations(
  files: readonly SourceFile[],
  rights: PackageRights,
): readonly string[] {
  const complaints = files.flatMap((file) =>
    listImports(file).flatMap(({ specifier }) => {
      const complaint = judge(file.path, specifier, rights)
      return complaint === undefined ? [] : [`${file.path} ${complaint}`]
    }),
  )
  return [...complaints, ...findCycles(files)]
}

function judge(path: string, specifier: string, rights: PackageRights): string | undefined {
  const room = roomOf(path)
  const rule = plan[room]
  if (rule === undefined) return `is in "${room}", a room that the plan does not have`
  if (specifier.startsWith('.')) return judgeRelative(path, specifier, rule)
  if (specifier.startsWith('#')) return judgeDoor(room, specifier, rule)
  const pure = rule.floor === 'pure' && !isTest(path)
  if (specifier.startsWith('node:')) {
    return pure ? `imports ${specifier}, but ${room} is pure: no Node` : undefined
  }
  const name = packageName(specifier)
  const allowed = rights[name] ?? []
  if (pure && !allowed.includes(room))
    return `imports the package ${specifier}, but ${room} is pure: no packages`
  return allowed.includes(room) || (allowed.includes('tests') && isTest(path))
    ? undefined
    : `imports the package ${name}; docs/dependencies.md does not let ${room} do so`
}

function judgeRelative(path: string, specifier: string, rule: Rule): string | undefined {
  const target = resolve(path, specifier)
  const from = roomOf(path)
  const to = roomOf(target)
  if (from === to) {
    return target === `src/${to}/index.ts`
      ? `imports its own door; inside a room, import the file itself`
      : undefined
  }
  if (target === 'package.json') return undefined
  // Contract suites use the test runner, so no door may show them; tests fetch them by file.
  const suite = isTest(path) && target.endsWith('.contract.ts')
  if (!withoutDoor.includes(to) && !suite) return `climbs out to ${target}; use the door #${to}`
  return rule.rooms.includes(to) ? undefined : `imports ${target}; ${from} may not import ${to}`
}

function judgeDoor(room: string, specifier: string, rule: Rule): string | undefined {
  // Every adapter has a door of its own, so that a command loads only those that it uses.
  const [to = '', adapter] = specifier.slice(1).split('/')
  const isDeep = adapter !== undefined && to !== 'adapters'
  if (plan[to] === undefined || withoutDoor.includes(to) || isDeep) {
    return `imports ${specifier}, which is not a door; doors are #room`
  }
  if (to === room) return `imports its own door ${specifier}; inside a room, imports are relative`
  return rule.rooms.includes(to) ? undefined : `imports ${specifier}; ${room} may not import ${to}`
}

function findCycles(files: readonly SourceFile[]): readonly string[] {
  const targets = new Map(files.map((file) => [file.path, listValueTargets(file)]))
  const finished = new Set<string>()
  const complaints: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) complaints.push(`${[...trail.slice(at), path].join(' → ')} is an import cycle`)
    if (at >= 0 || finished.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return complaints
}

function listValueTargets(file: SourceFile): readonly string[] {
  return listImports(file)
    .filter(({ specifier, kind }) => kind === 'value' && specifier.startsWith('.'))
    .map(({ specifier }) => resolve(file.path, specifier))
}

function resolve(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier))
}

/** The first folder, or the second under src. */
export function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'src' ? second : first
}

/** A contract suite is a test that every implementation of a port shares. */
export function isTest(path: string): boolean {
  return /\.(test|contract)\.ts$/.test(path) || path.startsWith('test/')
}

function packageName(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}
