/**
 * The agent's own files: a folder that only its user may enter. A file is replaced as a whole: written beside, synced,
 * renamed, and the folder synced, so that after a power cut there is the old one or the new one, never half of one.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failure } from '#base'

const fileBytesMax = 64 * 1024 * 1024
const temporary = /\.\d+\.new$/

export class StateFolder {
  readonly path: string
  #count = 0

  constructor(path: string) {
    this.path = path
  }

  /** Makes it where it is missing, and clears what a fall left half written. @throws agent.state-unusable */
  static async open(path: string): Promise<StateFolder> {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw failure('agent.state-unusable', { path, problem: 'others than its user may enter it' })
    }
    const folder = new StateFolder(path)
    for (const part of ['.', 'jobs']) {
      for (const name of await folder.list(part)) {
        if (temporary.test(name)) await rm(join(path, part, name))
      }
    }
    return folder
  }

  /** Undefined: there is no such file. @throws agent.state-unusable */
  async find(name: string): Promise<string | undefined> {
    const path = join(this.path, name)
    try {
      const { size } = await stat(path)
      if (size > fileBytesMax) throw failure('agent.state-unusable', { path, problem: 'too large' })
      return await readFile(path, 'utf8')
    } catch (problem) {
      if (isMissing(problem)) return undefined
      throw unusable(path, problem)
    }
  }

  /** What the JSON in it says. @throws agent.state-unusable */
  async findJson(name: string): Promise<unknown> {
    const text = await this.find(name)
    if (text === undefined) return undefined
    try {
      return JSON.parse(text)
    } catch (problem) {
      throw unusable(join(this.path, name), problem)
    }
  }

  async put(name: string, text: string): Promise<void> {
    const path = join(this.path, name)
    this.#count++
    const beside = `${path}.${this.#count}.new`
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(beside, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
    await syncFolder(dirname(path))
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.path, name), { force: true })
  }

  /** Names in a folder of it; none when there is no such folder. */
  async list(folder: string): Promise<readonly string[]> {
    try {
      return await readdir(join(this.path, folder))
    } catch (problem) {
      if (isMissing(problem)) return []
      throw unusable(join(this.path, folder), problem)
    }
  }

  pathOf(name: string): string {
    return join(this.path, name)
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export function isMissing(problem: unknown): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === 'ENOENT'
}

function unusable(path: string, problem: unknown): unknown {
  if (problem instanceof Error && 'code' in problem && problem.name === 'Failure') return problem
  const said = problem instanceof Error ? problem.message : String(problem)
  return failure('agent.state-unusable', { path, problem: said }, problem)
}
