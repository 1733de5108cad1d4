/** How far the last `verify --share` came, per vault: a file in the user's state folder. Lost, it only begins anew. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '#base'
import { findFile } from './files.ts'
import type { Machine } from './machine.ts'

export async function readCursor(
  machine: Machine,
  vaultId: Uint8Array,
): Promise<string | undefined> {
  const bytes = await findFile(join(folderOf(machine), toHex(vaultId)))
  const text = bytes?.toString('utf8').trim() ?? ''
  return /^pack\/[0-9a-f]{64}$/.test(text) ? text : undefined
}

/** @param cursor undefined: the next run begins at the beginning */
export async function writeCursor(
  machine: Machine,
  vaultId: Uint8Array,
  cursor: string | undefined,
): Promise<void> {
  const folder = folderOf(machine)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, toHex(vaultId))
  await writeFile(`${path}.new`, `${cursor ?? ''}\n`)
  await rename(`${path}.new`, path)
}

function folderOf({ environment, homeFolder }: Machine): string {
  const state = environment['XDG_STATE_HOME'] || join(homeFolder, '.local', 'state')
  return join(state, 'holdfast', 'verify')
}
