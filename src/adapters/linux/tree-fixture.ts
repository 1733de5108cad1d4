// What the tests of the writer share: a directory that goes away, a writer in it, a shell.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { byteStringFromText } from '#base'
import type { EntryMetadata, Shortfall, WritePermissions } from './entry-metadata.ts'
import { type Placing, TreeWriter } from './tree-writer.ts'

export const needsRoot = process.getuid?.() === 0 ? false : 'needs root'

export const everything: WritePermissions = {
  owner: true,
  setIds: true,
  devices: true,
  privilegedXattrs: true,
  inodeFlags: true,
}
export const nothing: WritePermissions = {
  owner: false,
  setIds: false,
  devices: false,
  privilegedXattrs: false,
  inodeFlags: false,
}
export const plain: EntryMetadata = {
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeSec: 1,
  mtimeNsec: 2,
}

export function temporaryDirectory(t: TestContext, below = os.tmpdir()): string {
  const dir = fs.mkdtempSync(path.join(below, 'holdfast-write-'))
  t.after(() => {
    shell('chattr -R -f -i -a "$1" || true', dir)
    fs.rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

export function newWriter(
  dir: string,
  permissions = everything,
  openDirectoriesMax = 256,
): TreeWriter {
  const job = '0123456789abcdef'
  return new TreeWriter(byteStringFromText(dir), { permissions, job, openDirectoriesMax })
}

export function writerIn(t: TestContext, ...options: Parameters<typeof newWriter>): TreeWriter {
  const writer = newWriter(...options)
  t.after(() => writer[Symbol.dispose]())
  return writer
}

export type NewContent = {
  readonly content: string
  readonly metadata?: EntryMetadata
  readonly placing?: Placing
}

export function put(
  writer: TreeWriter,
  name: string,
  { content, metadata = plain, placing = 'new' }: NewContent,
): Shortfall[] {
  const file = writer.createFile(byteStringFromText(name), metadata)
  writer.write(file, new Uint8Array(Buffer.from(content)), 0)
  const prepared = writer.completeFile(file, metadata)
  return [...prepared.shortfalls, ...writer.place(prepared, placing)]
}

export function shell(script: string, ...args: string[]): string {
  return execFileSync('bash', ['-ec', script, 'bash', ...args], {
    encoding: 'latin1',
    maxBuffer: 2 ** 26,
  })
}
