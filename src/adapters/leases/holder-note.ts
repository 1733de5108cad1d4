/** Who holds a lease alone, written into its lock file for the one who finds it taken. Only text for people. */
import type { FileHandle } from 'node:fs/promises'
import { errnoName } from '../store/storage-error.ts'

const noteBytesMax = 4096
const fullCodes = ['ENOSPC', 'EDQUOT']

export type HolderNote = { readonly holder: string; readonly since: string }

/** On a full disk there is no note: the lock is the kernel's and needs no byte. */
export async function writeHolder(handle: FileHandle, holder: string): Promise<void> {
  const note: HolderNote = { holder, since: new Date().toISOString() }
  await handle.truncate(0)
  try {
    await handle.write(`${JSON.stringify(note)}\n`, 0)
  } catch (problem) {
    if (!fullCodes.includes(errnoName(problem))) throw problem
  }
}

/** Undefined when the holder has not written yet, or is a reader, who writes nothing. */
export async function readHolder(handle: FileHandle): Promise<HolderNote | undefined> {
  const buffer = Buffer.alloc(noteBytesMax)
  const { bytesRead } = await handle.read(buffer, 0, noteBytesMax, 0)
  let note: unknown
  try {
    note = JSON.parse(buffer.toString('utf8', 0, bytesRead))
  } catch {
    // Read while it was being written: whose lock it is stays unsaid, that it is taken does not.
    return undefined
  }
  if (typeof note !== 'object' || note === null) return undefined
  if (!('holder' in note && 'since' in note)) return undefined
  return { holder: String(note.holder), since: String(note.since) }
}
