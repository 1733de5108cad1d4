/** Small files of the user: read whole, with errors in words. */
import type { Stats } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure } from '#base'

const smallFileBytesMax = 16 * 1024 * 1024

/** Undefined only when there is no such file. */
export async function findFile(path: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(path)
    if (size > smallFileBytesMax)
      throw failure('file.unusable', {
        path,
        problem: 'it is too large for what it is meant to be',
      })
    return await readFile(path)
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return undefined
    throw inWords(path, problem)
  }
}

export async function getFile(path: string): Promise<Buffer> {
  const bytes = await findFile(path)
  if (bytes === undefined) throw failure('file.unusable', { path, problem: 'it does not exist' })
  return bytes
}

/** A new file that only its owner can read; durable on return. @throws file.exists */
export async function createSecretFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    const folder = await open(dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (problem) {
    throw inWords(path, problem)
  }
}

/** A warning when others can read a secret; pipes and the like are their maker's business. */
export async function findExposure(path: string): Promise<string | undefined> {
  const facts = await findStats(path)
  if (facts === undefined || !facts.isFile() || (facts.mode & 0o077) === 0) return undefined
  const mode = (facts.mode & 0o777).toString(8).padStart(4, '0')
  return `${path} can be read by others (mode ${mode}); chmod 600 it`
}

export async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (problem) {
    if (isErrno(problem, 'ENOENT') || isErrno(problem, 'ENOTDIR')) return undefined
    throw inWords(path, problem)
  }
}

export function isErrno(problem: unknown, code: string): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === code
}

const errnoTexts: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'it is on a read-only file system',
  ENOTDIR: 'it is no folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead nowhere',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
}

/** What the system answered, in words where there are any. */
export function errnoText(problem: unknown): string {
  const code = problem instanceof Error && 'code' in problem ? String(problem.code) : undefined
  return code === undefined ? String(problem) : (errnoTexts[code] ?? code)
}

function inWords(path: string, problem: unknown): unknown {
  if (!(problem instanceof Error) || !('syscall' in problem)) return problem
  if (isErrno(problem, 'EEXIST')) return failure('file.exists', { path }, problem)
  return failure('file.unusable', { path, problem: errnoText(problem) }, problem)
}
