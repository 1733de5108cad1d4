import { deepEqual, equal, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { linuxSmallFiles } from './small-files.ts'

const { signal } = new AbortController()

test('only a regular file of that very name is read, and no more of it than asked for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-small-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'é'), 'content')
  symlinkSync('é', join(folder, 'link'))
  mkdirSync(join(folder, 'dir'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  const files = linuxSmallFiles()
  const read = async (name: string, bytesMax = 100) => {
    const bytes = await files.readHead(byteStringFromText(join(folder, name)), bytesMax, signal)
    return bytes && new TextDecoder().decode(bytes)
  }
  equal(await read('é'), 'content')
  equal(await read('é', 3), 'con')
  const others = ['none', 'link', 'dir', 'pipe', 'é/below'].map((name) => read(name))
  deepEqual(await Promise.all(others), Array(5).fill(undefined))
  await rejects(read('n'.repeat(300)), { code: 'source.unreadable' })
})
