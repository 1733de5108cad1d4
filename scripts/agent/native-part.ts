// The native part of the single executable. The system loads libraries only from files, so it is written to one that
// has no name and that nobody else can open; where there is no such thing, to one in a folder of our own that goes when
// the process ends. Nothing lies about after a kill, except in the second case.
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getRawAsset } from 'node:sea'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

const asset = 'koffi.node'
/** Where threads of this process find it. */
const placeKey = 'holdfast.koffi'
/** A file without a name (Linux 3.11); Node has no word for it. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY

let loaded: unknown

export function loadNative(): unknown {
  placeNative()
  return loaded ?? load(String(getEnvironmentData(placeKey)))
}

/** Puts it where it can be loaded from, once for the process. */
export function placeNative(): void {
  if (getEnvironmentData(placeKey) !== undefined) return
  const problems: unknown[] = []
  for (const place of [placeWithoutName, placeInFolder]) {
    // Any of them may be mounted so that nothing in it can be executed.
    for (const folder of [tmpdir(), '/dev/shm', '/run', '/var/tmp', dirname(process.execPath)]) {
      try {
        place(folder)
        return
      } catch (problem) {
        problems.push(problem)
      }
    }
  }
  throw new AggregateError(
    problems,
    'No folder lets Holdfast load its native part: set TMPDIR to one that is not mounted noexec.',
  )
}

function placeWithoutName(folder: string): void {
  const fd = openSync(folder, O_TMPFILE | constants.O_RDWR, 0o700)
  try {
    const bytes = new Uint8Array(getRawAsset(asset))
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    // Stays open as long as the process lives: threads load it by this path.
    load(`/proc/${process.pid}/fd/${fd}`)
  } catch (problem) {
    closeSync(fd)
    throw problem
  }
}

function placeInFolder(parent: string): void {
  const folder = mkdtempSync(join(parent, 'holdfast-'))
  try {
    const path = join(folder, asset)
    writeFileSync(path, new Uint8Array(getRawAsset(asset)), { mode: 0o700, flag: 'wx' })
    load(path)
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  } catch (problem) {
    rmSync(folder, { recursive: true, force: true })
    throw problem
  }
}

function load(path: string): unknown {
  const module: { exports: unknown } = { exports: {} }
  process.dlopen(module, path)
  setEnvironmentData(placeKey, path)
  loaded = module.exports
  return loaded
}
