/** The mounts of this machine with their sizes. Nothing is asked of a network: a share that hangs would hang us. */
import { readFile, stat, statfs } from 'node:fs/promises'
import { type ByteString, bytesOf } from '#base'
import { type ClassifiedMount, classifyMounts, type ForeignReason } from './classify-mounts.ts'
import { parseMountinfo } from './mountinfo.ts'

export type FoundMount = {
  readonly path: ByteString
  readonly fileSystem: string
  readonly device: string | undefined
  readonly totalBytes: number
  readonly usedBytes: number
  readonly foreign: ForeignReason | undefined
}

export async function listMounts(): Promise<readonly FoundMount[]> {
  const text = await readFile('/proc/self/mountinfo', 'latin1')
  return await Promise.all(classifyMounts(parseMountinfo(text)).map(describe))
}

async function describe(mount: ClassifiedMount): Promise<FoundMount> {
  const { path, fileSystem, source, foreign } = mount
  const device = source === '' || source === 'none' ? undefined : source
  const named = { path, fileSystem, device }
  if (foreign !== undefined) return { ...named, totalBytes: 0, usedBytes: 0, foreign }
  const place = Buffer.from(bytesOf(path))
  // In containers single files are mounted too; they are files of some volume of the host.
  if (!(await stat(place)).isDirectory()) {
    return { ...named, totalBytes: 0, usedBytes: 0, foreign: 'duplicate' }
  }
  const { blocks, bfree, bsize } = await statfs(place)
  const usedBytes = bytesOfBlocks(blocks - bfree, bsize)
  const totalBytes = (await findDeviceBytes(mount.device)) ?? bytesOfBlocks(blocks, bsize)
  return { ...named, totalBytes, usedBytes, foreign }
}

/** Of the volume that a path is on; the same that `listMounts` says of it. */
export async function volumeBytesAt(path: ByteString): Promise<number> {
  const place = Buffer.from(bytesOf(path))
  const { dev } = await stat(place, { bigint: true })
  const { blocks, bsize } = await statfs(place)
  return (await findDeviceBytes(deviceName(dev))) ?? bytesOfBlocks(blocks, bsize)
}

/** What a program may still write where this path is, or would be: as df has it, without what is reserved for root. */
export async function freeBytesAt(path: ByteString): Promise<number> {
  const place = Buffer.from(bytesOf(path))
  for (let end = place.length; ; end = Math.max(1, place.lastIndexOf(slash, end - 1))) {
    try {
      const { bavail, bsize } = await statfs(place.subarray(0, end))
      return bytesOfBlocks(bavail, bsize)
    } catch (problem) {
      if (end <= 1 || !isErrno(problem, 'ENOENT', 'ENOTDIR')) throw problem
    }
  }
}

const slash = 0x2f

/** Storage that calls itself endless says so with numbers that are none here: it has as much as can be told. */
function bytesOfBlocks(blocks: number, blockBytes: number): number {
  return Math.min(blocks * blockBytes, Number.MAX_SAFE_INTEGER)
}

/** As /sys has it: the kernel spreads both numbers over the bits of one. */
function deviceName(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n)
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}

/** What the kernel says of the block device itself, in sectors of 512 bytes: what is attached, and metered (G1, H5). */
async function findDeviceBytes(device: string): Promise<number | undefined> {
  try {
    const sectors = Number(await readFile(`/sys/dev/block/${device}/size`, 'latin1'))
    return Number.isSafeInteger(sectors) && sectors > 0 ? sectors * 512 : undefined
  } catch (problem) {
    // Pools (btrfs, zfs) have no device of their own.
    if (isErrno(problem, 'ENOENT')) return undefined
    throw problem
  }
}

function isErrno(problem: unknown, ...names: readonly string[]): boolean {
  return problem instanceof Error && 'code' in problem && names.includes(String(problem.code))
}
