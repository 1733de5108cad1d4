// What is known of a tree without Holdfast: by lstat, by SHA-256, and by getfattr. One record for each entry, sorted by path,
// with bytes that are not text as `hex:` and digits, as docs/format/point.md has it.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'

export type Facts = {
  readonly path: string
  readonly kind: string
  readonly mode: string
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtime: string
  readonly sha256?: string
  readonly target?: string
  readonly device?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** All names of a file of several names. */
  readonly names?: readonly string[]
}

export function factsOf(folder: string): readonly Facts[] {
  const paths = fs.lstatSync(folder).isDirectory() ? ['', ...listBelow(folder, '')] : ['']
  const attributes = attributesOf(folder)
  const groups = new Map<bigint, string[]>()
  for (const path of paths) {
    const { ino } = statOf(folder, path)
    groups.set(ino, [...(groups.get(ino) ?? []), textOf(path)])
  }
  return paths.map((path) => {
    const stat = statOf(folder, path)
    const names = stat.isDirectory() ? [] : (groups.get(stat.ino) ?? [])
    const found = attributes.get(path)
    return {
      path: textOf(path),
      ...factsOfOne(bytesOf(folder, path), stat),
      ...(found === undefined ? {} : { attributes: found }),
      ...(names.length < 2 ? {} : { names: names.toSorted() }),
    }
  })
}

function factsOfOne(path: Buffer, stat: fs.BigIntStats): Omit<Facts, 'path'> {
  return {
    kind: kindOf(stat),
    mode: (Number(stat.mode) & 0o7777).toString(8).padStart(4, '0'),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: stat.isFile() ? Number(stat.size) : 0,
    mtime: secondsOf(stat.mtimeNs),
    ...(stat.isFile()
      ? { sha256: createHash('sha256').update(fs.readFileSync(path)).digest('hex') }
      : {}),
    ...(stat.isSymbolicLink()
      ? { target: textOf(fs.readlinkSync(path, { encoding: 'buffer' }).toString('latin1')) }
      : {}),
    ...(stat.isCharacterDevice() || stat.isBlockDevice() ? { device: deviceOf(stat.rdev) } : {}),
  }
}

/** Paths are latin1 here, a letter for each byte, so that names that are not UTF-8 stay what they are. */
function listBelow(folder: string, below: string): readonly string[] {
  const entries = fs.readdirSync(bytesOf(folder, below), {
    encoding: 'buffer',
    withFileTypes: true,
  })
  return entries
    .flatMap((entry) => {
      const name = entry.name.toString('latin1')
      const path = below === '' ? name : `${below}/${name}`
      return entry.isDirectory() ? [path, ...listBelow(folder, path)] : [path]
    })
    .sort()
}

function attributesOf(folder: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const words = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', folder]
  const out = execFileSync('getfattr', words, { encoding: 'latin1' })
  const found = new Map<string, Record<string, string>>()
  for (const block of out.split('\n\n')) {
    const [head = '', ...lines] = block.trim().split('\n')
    if (!head.startsWith('# file: ')) continue
    const path = head
      .slice(8)
      .replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    const pairs = lines.map((line) => {
      const [name = '', value = '0x'] = line.split('=')
      return [name, value.slice(2)]
    })
    found.set(path.slice(folder.length + 1), Object.fromEntries(pairs.sort()))
  }
  return found
}

function statOf(folder: string, path: string): fs.BigIntStats {
  return fs.lstatSync(bytesOf(folder, path), { bigint: true })
}

function bytesOf(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from(path === '' ? '' : `/${path}`, 'latin1')])
}

function textOf(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1')
  const text = bytes.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(bytes) && !text.startsWith('hex:')
  return isText ? text : `hex:${bytes.toString('hex')}`
}

function kindOf(stat: fs.BigIntStats): string {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  if (stat.isSymbolicLink()) return 'symlink'
  if (stat.isFIFO()) return 'fifo'
  if (stat.isSocket()) return 'socket'
  return stat.isCharacterDevice() ? 'character-device' : 'block-device'
}

function deviceOf(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)
  return `${major}:${minor}`
}

function secondsOf(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n - (nanoseconds % 1_000_000_000n < 0n ? 1n : 0n)
  return `${seconds}.${String(nanoseconds - seconds * 1_000_000_000n).padStart(9, '0')}`
}
