// What a backup or a restore sees of damage: it is written down, so that later backups store again what was lost, and
// the user is told the next step.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Desk, readEvents } from './program.ts'

/** A vault with one point: incompressible files, so that the data pack is the largest. */
function deskWithPoint(context: TestContext): Desk {
  const desk = new Desk(context)
  desk.do(['init'])
  for (let i = 0; i < 3; i++) writeFileSync(join(desk.source, `f${i}`), randomBytes(300_000))
  desk.do(['backup', desk.source])
  return desk
}

/** Every pack, the largest first. */
function packsOf(desk: Desk): readonly string[] {
  const folder = join(desk.vault, 'pack')
  const paths = readdirSync(folder).flatMap((shard) =>
    readdirSync(join(folder, shard)).map((name) => join(folder, shard, name)),
  )
  return paths.sort((a, b) => statSync(b).size - statSync(a).size)
}

function rot(path: string | undefined, at: number): void {
  ok(path !== undefined)
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  writeFileSync(path, bytes)
}

function digests(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    )
}

test('B6: backup --force relies on no block that it has not opened', (context) => {
  const desk = deskWithPoint(context)
  rot(packsOf(desk)[0], 500_000)
  const said = desk.run(['backup', '--force', desk.source])
  equal(said.code, 0, said.err)
  match(said.out + said.err, /1 pack of the vault is damaged/)
  const target = desk.path('target')
  mkdirSync(target)
  desk.do(['restore', 'latest', '--target', target])
  deepEqual(digests(target), digests(desk.source))
  // It is written down, and what was stored again is relied on.
  const again = desk.run(['backup', '--force', desk.source])
  match(again.out, /Read 3 files; 0 B were new/)
  ok(!/damaged/.test(again.err + again.out), again.err)
})

test('B6: a backup that meets damage in the tree of the point before writes it down', (context) => {
  const desk = deskWithPoint(context)
  const packs = packsOf(desk)
  rot(packs.at(-1), 100)
  const said = desk.run(['backup', desk.source])
  equal(said.code, 0, said.err)
  match(said.out + said.err, /cannot be compared with/)
  const proposed = readEvents(desk.run(['repair', '--read-data', '--json']).out)
  deepEqual(
    proposed.filter(({ event }) => event === 'proposal'),
    [],
    'there is nothing left to set aside',
  )
})

test('F24: a restore that met damage tells the next step, and that step heals', (context) => {
  const desk = deskWithPoint(context)
  rot(packsOf(desk)[0], 500_000)
  const target = desk.path('target')
  mkdirSync(target)
  const first = desk.run(['restore', 'latest', '--target', target])
  equal(first.code, 3)
  match(first.out + first.err, /holdfast repair --read-data --apply/)
  desk.do(['repair', '--read-data', '--apply'])
  desk.do(['backup', desk.source])
  desk.do(['restore', 'latest', '--target', target])
  deepEqual(digests(target), digests(desk.source))
})
