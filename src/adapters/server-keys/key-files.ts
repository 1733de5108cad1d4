/**
 * Files with secrets in a folder of the server. A key is written under another name, synced, and linked to its own one,
 * which fails when there is a file already: no key is ever overwritten, and none is there by half.
 */

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failure } from '#base'

const fileBytesMax = 64 * 1024
const secretMode = 0o600
/** Nobody else reads it, and not even the group writes it. */
const refusedModes = 0o037

export class KeyFiles {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Makes the folder, closed to others. What stands above it is made as the system makes folders. */
  async prepare(): Promise<void> {
    await mkdir(dirname(this.folder), { recursive: true })
    const made = await mkdir(this.folder, { recursive: true, mode: 0o700 })
    if (made !== undefined) await syncFolder(dirname(this.folder))
  }

  async list(): Promise<readonly string[]> {
    try {
      return (await readdir(this.folder)).toSorted()
    } catch (problem) {
      if (hasCode(problem, 'ENOENT')) return []
      throw this.#refused('.', 'the folder cannot be listed', problem)
    }
  }

  /** Undefined: there is no such file. @throws server-keys.refused for one that others may read */
  async find(name: string): Promise<string | undefined> {
    let file: FileHandle
    try {
      file = await open(join(this.folder, name), constants.O_RDONLY)
    } catch (problem) {
      if (hasCode(problem, 'ENOENT')) return undefined
      throw this.#refused(name, 'it cannot be read', problem)
    }
    try {
      const { mode, size } = await file.stat()
      if (name.endsWith('.key') && (mode & refusedModes) !== 0) {
        throw this.#refused(name, `others may read or change it (mode ${modeText(mode)}, not 600)`)
      }
      if (size > fileBytesMax) throw this.#refused(name, 'it is far too long')
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  }

  /** What the file holds afterwards: another process may have been first. */
  async keep(name: string, text: string): Promise<string> {
    const temp = await this.#write(name, text)
    try {
      await link(temp, join(this.folder, name))
    } catch (problem) {
      if (!hasCode(problem, 'EEXIST')) throw this.#refused(name, 'it cannot be made', problem)
    } finally {
      await unlink(temp)
    }
    await syncFolder(this.folder)
    const kept = await this.find(name)
    if (kept === undefined) throw this.#refused(name, 'somebody removed it')
    return kept
  }

  /** For certificates, which are made anew and are no secrets. */
  async replace(name: string, text: string): Promise<void> {
    const temp = await this.#write(name, text)
    await rename(temp, join(this.folder, name))
    await syncFolder(this.folder)
  }

  async #write(name: string, text: string): Promise<string> {
    const path = join(this.folder, `.${name}.${randomBytes(8).toString('hex')}.tmp`)
    const file = await open(path, 'wx', secretMode)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    return path
  }

  #refused(name: string, problem: string, cause?: unknown): Error {
    return failure('server-keys.refused', { file: join(this.folder, name), problem }, cause)
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8)
}

function hasCode(problem: unknown, code: string): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === code
}
