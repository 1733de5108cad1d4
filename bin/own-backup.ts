// What the backup of the server itself has of this machine.

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { openPool } from '#adapters/pool'
import { linuxSourceTree } from '#adapters/source'
import { failure } from '#base'
import { chunkerParams } from '#engine'
import { exportFileName, type OwnBackupPorts } from '#server'

export function ownBackupPorts({ dataFolder }: { readonly dataFolder: string }): OwnBackupPorts {
  const folder = join(dataFolder, 'own-backup')
  const kept = join(dataFolder, 'keys', `${exportFileName}.zst`)
  return {
    hostName: hostname(),
    userName: userInfo().username,
    async keepExport(lines, signal) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const plain = join(folder, exportFileName)
      await writeWhole(plain, (end) => pipeline(Readable.from(lines), end, { signal }))
      const pack = (end: Writable) =>
        pipeline(createReadStream(plain), createZstdCompress(), end, { signal })
      await writeWhole(kept, pack)
      return { path: folder, [Symbol.asyncDispose]: () => rm(plain, { force: true }) }
    },
    async openKept() {
      if (!(await isThere(kept))) return undefined
      return unpacked(kept)
    },
    async openSource({ keys, config }) {
      const params = chunkerParams(config.chunkAverageBytes)
      const { compressionLevel } = config
      const pool = openPool({ keys, compressionLevel, params, threads: 1 })
      const tree = linuxSourceTree(pool)
      return {
        tree,
        async [Symbol.asyncDispose]() {
          await tree.close()
          await pool.close()
        },
      }
    },
  }
}

async function* unpacked(path: string): AsyncIterable<Uint8Array> {
  const unpack = createZstdDecompress()
  // It breaks what reads from it, which tells the problem.
  pipeline(createReadStream(path), unpack).catch(() => {})
  try {
    for await (const bytes of unpack) yield new Uint8Array(bytes)
  } catch (problem) {
    const text = problem instanceof Error ? problem.message : String(problem)
    throw failure('export.damaged', { problem: text }, problem)
  }
}

/** Never half a file under its name, and there after a power cut; for this user alone. */
async function writeWhole(path: string, write: (end: Writable) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await rm(temporary, { force: true })
  try {
    // With `flush` it is on the disk before it is closed.
    await write(createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }))
    await rename(temporary, path)
    await using parent = await open(dirname(path), 'r')
    await parent.sync()
  } catch (problem) {
    await rm(temporary, { force: true })
    throw problem
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') return false
    throw problem
  }
}
