// Two servers on one data folder: the second one is refused with the name of the first, and so is what changes the catalog
// beside a server that runs. Real processes, one of them killed.

import { equal, match } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfiguration } from '#server'
import { holdData } from '../../bin/server.ts'
import { runProgram } from '../fleet/process.ts'
import { Fleet } from '../fleet/world.ts'

test('a second server on one data folder is refused and told of the first; kill -9 leaves no lock', async () => {
  await using fleet = await Fleet.open()
  const data = join(fleet.folder, 'data')
  const beside = (...words: readonly string[]) =>
    runProgram(['server', ...words, '--data', data], { home: fleet.folder })
  const { pid } = fleet.server

  const refused = beside('run', '--listen', '127.0.0.1:0')
  equal(refused.code, 11, refused.out)
  match(
    refused.err,
    new RegExp(`in use by the server on \\S+ \\(process ${pid}\\) since \\d{4}-\\d\\d-\\d\\dT`),
  )
  match(refused.err, /end it first/)

  const recovery = beside('recover-catalog')
  equal(recovery.code, 11, recovery.out)
  match(recovery.err, new RegExp(`\\(process ${pid}\\)`))

  // A new key counts from the next start on: it may be made meanwhile.
  equal(beside('new-master-key').code, 0)

  await fleet.server.end('SIGKILL')
  await fleet.startServer()
  equal(fleet.server.isOver, false)
})

test('servers with a catalog in PostgreSQL run beside each other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-second-'))
  const configuration = readConfiguration({
    file: undefined,
    environment: {},
    options: { catalog: 'postgres://127.0.0.1/holdfast' },
    dataFolder: folder,
  })
  try {
    await using _one = await holdData(configuration, 'one')
    await using _two = await holdData(configuration, 'two')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
